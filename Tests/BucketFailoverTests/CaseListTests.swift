import Foundation
import Testing

/// The cases that this suite promises to cover, each by a test whose name begins with or holds its id.
@Suite("Cases by their ids")
struct CaseListTests {
    /// I, E: the loop and the way from end to end. B, J: retrying. C, D: failing over, refusals. E-: streams. F: the handler.
    /// G: the error. H: renewal.
    static let ids = """
        I1 I2 I3 I4 I5 I6 I7 I8 I9 E1 E2 E3 E4 E5 E6 E7 E8 E9
        B1 B2 B3 B4 B5 B6 B8 B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19
        C1 C2 C4 C5 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17 C18 C20 C21 C22 C23 C24 C25 C26
        D1 D2 D3 D5 D6 D8 D9 D10 D11 D13 D14 D15
        E-1 E-2 E-3 E-5 E-6 E-7 E-8 E-9 E-10 E-11 E-13
        F01 F02 F03 F04 F05 F07 F09 F11 F12 F14 F15 F16 F17 F19 F20 F21 F23 F24 F25 F27 F28 F30 F31 F32 F34 F35 F38 F39
        F40 F41 F42 F44 F45 F47 F48 F49 F-S1 F-S2 F-S3 F-S4 F-S5 F-S6 F-S7
        G1 G2 G3 G5 G6 G7 G9 G10 G11 G12 G13
        H1 H2 H3 H4 H5 H7 H8 H9 H11 H12 H13 H14 H15 H16 H17
        J1 J2 J3 J4 J5 J6 J7 J10 J12 J13 J14 J15
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    @Test("Each id stands in the name of a test of this folder")
    func covered() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        var words: Set<String> = []
        for file in files where file.pathExtension == "swift" {
            let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "@Test(").dropFirst()
            for part in parts {
                let name = part.drop { $0.isWhitespace }.dropFirst().prefix { $0 != "\"" }
                words.formUnion(name.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init))
            }
        }
        #expect(Self.ids.filter { !words.contains($0) } == [])
        #expect(Self.ids.count == Set(Self.ids).count)
    }
}
