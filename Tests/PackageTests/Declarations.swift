/// Declarations that users see, found by the lines on which they begin: `public` ones, the requirements of public
/// protocols and the cases of public enumerations.
struct Declaration {
    var path: String
    var line: Int
    var text: String
    var isDocumented: Bool

    static func all(in text: String, at path: String) -> [Declaration] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var found: [Declaration] = []
        var scopes: [Scope] = []
        for (index, line) in lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            let code = line.dropFirst(indent)
            if code.hasPrefix("}"), let last = scopes.last, last.indent == indent { scopes.removeLast() }
            let member = scopes.last.map { $0.indent + 4 == indent && code.starts(with: $0.members) } ?? false
            let mayBePublic = code.hasPrefix("public ") || code.hasPrefix("@") || code.hasPrefix("open ")
            guard member || mayBePublic && code.starts(with: isPublic) else { continue }
            let isDocumented = isDocumented(lines, above: index)
            found.append(Declaration(path: path, line: index + 1, text: String(code), isDocumented: isDocumented))
            if code.hasSuffix("{"), let members = membersOfScope(code) {
                scopes.append(Scope(indent: indent, members: members))
            }
        }
        return found
    }

    /// What a reader knows from the name, or from the protocol that asks for it.
    var speaksForItself: Bool { text.contains(Self.obvious) }

    private struct Scope {
        var indent: Int
        var members: Regex<Substring>
    }

    private static var isPublic: Regex<Substring> {
        #/(?:@\w+(?:\([^)]*\))? )*(?:public|open) (?!import\b|extension\b).*/#
    }

    private static var obvious: Regex<Substring> {
        #/var description\b|func (?:==|<)|func hash\(into|func encode\(to|init\(from decoder|init\(\w+Literal\b/#
    }

    private static func membersOfScope(_ code: Substring) -> Regex<Substring>? {
        if code.contains(/\bprotocol\b/) {
            return #/(?:(?:mutating |static )*(?:func|var|init|subscript)\b|associatedtype).*/#
        }
        return code.contains(/\benum\b/) ? #/case .*/# : nil
    }

    private static func isDocumented(_ lines: [String], above index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = lines[above].drop { $0 == " " }
            guard line.hasPrefix("@") || line.hasPrefix("#if") else { return line.hasPrefix("///") }
            above -= 1
        }
        return false
    }
}
