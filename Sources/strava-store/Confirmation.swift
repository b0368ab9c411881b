import ArgumentParser
import Foundation
import Reporting

/// Questions before an action that cannot be undone.
enum Confirmation {
  /// Reads answers from standard input, so that a script can give them intentionally.
  ///
  /// - Throws: The exit code, if an answer is not the confirmation.
  static func ask(_ questions: [(question: String, answer: String)], _ console: Console) throws {
    for (question, answer) in questions {
      console.print(question)
      guard line().trimmingCharacters(in: .whitespaces) == answer else {
        console.print("not confirmed: nothing was changed")
        throw ExitCode.environment
      }
    }
  }

  /// Reads no byte after the line, because the next one may be a passphrase.
  private static func line() -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n"), bytes.count < 200 { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
