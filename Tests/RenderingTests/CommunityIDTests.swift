import Support
import TCPModel
import Testing

@testable import Rendering

@Suite struct CommunityIDTests {
  /// The specification's TCP flows, seed 0, in both directions; IPv6 by its reference recipe.
  @Test(
    arguments: [
      ("128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
      ("66.35.250.204", 80, "128.232.110.120", 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
      ("1.2.3.4", 1122, "5.6.7.8", 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM="),
      ("2001:db8::1", 40000, "2001:db8::2", 443, "1:RYG3Msb11GthNt1OYXJouPzmrvA="),
      ("::1", 443, "::1", 40000, "1:tYQIaE6aISTYb9ZCu9tlAAvKvdY="),
    ] as [(String, UInt16, String, UInt16, String)])
  func namesTheFlowsOfTheSpecification(
    _ client: String, _ clientPort: UInt16, _ server: String, _ serverPort: UInt16,
    _ text: String
  ) throws {
    let id = CommunityID(
      client: Endpoint(address: try #require(IPAddress(client)), port: clientPort),
      server: Endpoint(address: try #require(IPAddress(server)), port: serverPort))
    #expect(id.text == text)
  }

  /// RFC 3174 section 7.3, test 1 and 2; the second fills more than one block with its padding.
  @Test(arguments: [
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
  ])
  func hashesAsRFC3174Does(_ message: String, _ digest: String) {
    var hash = SHA1()
    for byte in message.utf8 { hash.append(byte) }
    let words = hash.finish()
    var text = ""
    for index in 0..<5 {
      let word = String(words[index], radix: 16)
      text += String(repeating: "0", count: 8 - word.count) + word
    }
    #expect(text == digest)
  }
}
