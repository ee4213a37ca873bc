import Foundation

let usage = """
    routing-simulator [--worlds FILE] [--only W1,W2] [--all] [--policies "ordered,adaptive"] [--seeds 11-40]
                      [--goals] [--json | --markdown] [--plots FOLDER]
    routing-simulator --replay LOG.jsonl [--policies ...] [--json]

    Places the same requests, with the same chances, before each policy, in virtual time.

      --worlds FILE    worlds of your own, as JSON: an array of them, or one
      --only LIST      these worlds; --all takes those with many processes too
      --policies LIST  these policies
      --seeds RANGE    one run for each; 11-12 by default
      --goals          judge the adaptive policy against some others; ends with status 1 if it misses a goal
      --plots FOLDER   SVG: regret, shares over time, the return after an outage
      --replay LOG     your own request log, one JSON object a line, weighted by the picks' probabilities
    """

do {
    exit(try await Command(Array(CommandLine.arguments.dropFirst())).run())
} catch {
    FileHandle.standardError.write(Data("routing-simulator: \(error)\n".utf8))
    exit(64)
}
