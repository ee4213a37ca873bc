import Foundation

/// What an input holds: payments, and the lines that are none.
struct PaymentInput: Sendable {
    /// Each with the line on which it stands.
    private(set) var payments: [(line: Int, payment: Payment)] = []
    private(set) var problems: [InputProblem] = []
    /// Lines that repeat an earlier one; harmless.
    private(set) var repeated = 0
    let name: String

    /// Reads a file, or the standard input for `-`.
    static func read(_ path: String) throws(ExitError) -> PaymentInput {
        guard path != "-" else {
            return PaymentInput(name: "standard input", bytes: FileHandle.standardInput.readDataToEndOfFile())
        }
        do {
            return PaymentInput(name: path, bytes: try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw .noInput("the input \(path) \(isThere ? "cannot be read" : "does not exist")")
        }
    }

    /// The file that ships with the example, found from any folder: beside this source, else below the working folder.
    static func bundled() throws(ExitError) -> String {
        let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let below = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).appending(
            path: "Examples/PaymentFlow"
        )
        for folder in [beside, below] {
            let file = folder.appending(path: "payments.jsonl").path
            if FileManager.default.fileExists(atPath: file) { return file }
        }
        throw .noInput("payments.jsonl is not beside the sources; name a file with --input")
    }

    init(name: String, bytes: Data) {
        self.name = name
        let decoder = JSONDecoder()
        var seen: [String: (line: Int, payment: Payment)] = [:]
        for (index, bytes) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
            let line = index + 1
            do {
                let payment = try decoder.decode(PaymentLine.self, from: Data(bytes)).payment
                guard let earlier = seen[payment.id] else {
                    seen[payment.id] = (line, payment)
                    payments.append((line, payment))
                    continue
                }
                guard earlier.payment != payment else {
                    repeated += 1
                    continue
                }
                let id = payment.id.prefix(40)
                report(line, "id", "\"\(id)\" stands on line \(earlier.line) with other content; that one counts")
            } catch let problem as FieldProblem {
                report(line, problem.field, problem.reason)
            } catch is NotAnObject {
                report(line, nil, "is JSON, but no object")
            } catch {
                report(line, nil, "is not JSON")
            }
        }
    }

    private mutating func report(_ line: Int, _ field: String?, _ reason: String) {
        problems.append(InputProblem(file: name, line: line, field: field, reason: reason))
    }

    /// Takes out payments that turned out to be in the store under the same id with other content.
    mutating func reject(_ ids: Set<String>) {
        for (line, payment) in payments where ids.contains(payment.id) {
            report(line, "id", "\"\(payment.id.prefix(40))\" is in the store with other content; that one counts")
        }
        payments.removeAll { ids.contains($0.payment.id) }
    }
}
