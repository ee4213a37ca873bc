import ErrorClassification
import Foundation

let usage = """
    classify-errors [--preset NAME] [--table FILE] [--labels] [FILE|-]

    Reads failures from a TSV file with a header line or from a file with one JSON object a line, and prints the verdict
    on each with the rule that decided. --table puts a JSON rule table of your own before the preset (Docs/ClassifierTables.md).
    With --labels it compares the verdicts with the labels in the file and ends with status 1 if one is not met.
    """

do {
    exit(try Command(arguments: Array(CommandLine.arguments.dropFirst())).run())
} catch {
    FileHandle.standardError.write(Data("classify-errors: \(error)\n".utf8))
    exit(2)
}
