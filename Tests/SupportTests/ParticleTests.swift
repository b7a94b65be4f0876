import Testing

@testable import Support

/// Korean particles behind names, numbers and units that nobody wrote in Hangul.
@Suite struct ParticleTests {
  @Test(arguments: [
    // By the last syllable.
    ("서버", "서버는 서버가 서버를 서버와 서버로 서버다"),
    ("연결", "연결은 연결이 연결을 연결과 연결로 연결이다"),
    ("쪽", "쪽은 쪽이 쪽을 쪽과 쪽으로 쪽이다"),
    // 삼, 칠, 이, 십.
    (
      "10.0.0.2:443",
      "10.0.0.2:443은 10.0.0.2:443이 10.0.0.2:443을 10.0.0.2:443과 10.0.0.2:443으로 10.0.0.2:443이다"
    ),
    ("7", "7은 7이 7을 7과 7로 7이다"),
    ("22", "22는 22가 22를 22와 22로 22다"),
    ("1,200", "1,200은 1,200이 1,200을 1,200과 1,200으로 1,200이다"),
    // 초, 분, 일, 바이트, 퍼센트.
    ("2.10 s", "2.10 s는 2.10 s가 2.10 s를 2.10 s와 2.10 s로 2.10 s다"),
    ("3 min", "3 min은 3 min이 3 min을 3 min과 3 min으로 3 min이다"),
    ("3 d", "3 d은 3 d이 3 d을 3 d과 3 d로 3 d이다"),
    ("58 kB", "58 kB는 58 kB가 58 kB를 58 kB와 58 kB로 58 kB다"),
    ("12.8 %", "12.8 %는 12.8 %가 12.8 %를 12.8 %와 12.8 %로 12.8 %다"),
    // Words that are spoken, letters that are not, names as English has them.
    ("SYN", "SYN은 SYN이 SYN을 SYN과 SYN으로 SYN이다"),
    ("RST", "RST는 RST가 RST를 RST와 RST로 RST다"),
    ("URL", "URL은 URL이 URL을 URL과 URL로 URL이다"),
    ("web", "web은 web이 web을 web과 web으로 web이다"),
    ("curl", "curl은 curl이 curl을 curl과 curl로 curl이다"),
    ("client", "client는 client가 client를 client와 client로 client다"),
    // What stands in parentheses is not counted.
    (
      "web (10.0.0.2)",
      "web (10.0.0.2)은 web (10.0.0.2)이 web (10.0.0.2)을 web (10.0.0.2)과 web (10.0.0.2)으로 web (10.0.0.2)이다"
    ),
    (
      "22개(12.8 %)", "22개(12.8 %)는 22개(12.8 %)가 22개(12.8 %)를 22개(12.8 %)와 22개(12.8 %)로 22개(12.8 %)다"
    ),
  ])
  func followTheLastSound(word: String, expected: String) {
    let forms = ["은", "이", "을", "과", "으로", "이다"].map { particle in
      word + Particle.form(of: Substring(particle), behind: word)
    }
    #expect(forms.joined(separator: " ") == expected)
  }

  @Test(arguments: ["", "(", ")", "…", "()", "(7)", "\u{0}"])
  func followAnything(word: String) {
    #expect(["은", "는"].contains(Particle.form(of: "은", behind: word)))
  }

  @Test func othersStayAsTheyAre() {
    #expect(Particle.form(of: "에서", behind: "서버") == "에서")
  }
}
