import ErrorClassification
import Foundation

let usage = """
    classify-errors [--preset NAME] [--labels] [FILE|-]

    Reads failures from a TSV file with a header line or from a file with one JSON object a line, and prints the verdict
    on each with the rule that decided. With --labels it compares the verdicts with the labels in the file.
    """

do {
    exit(try Command(arguments: Array(CommandLine.arguments.dropFirst())).run())
} catch {
    FileHandle.standardError.write(Data("classify-errors: \(error)\n".utf8))
    exit(2)
}
