import Foundation

/// Lines for people.
package enum Console {
    package static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    package static func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
