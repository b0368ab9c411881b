import ArgumentParser
import Foundation

/// A command whose help ends with examples.
protocol ExplainedCommand: ParsableCommand {
  /// Two or three command lines that work when pasted, after the reader's own paths and ids are filled in.
  static var examples: [String] { get }
}

/// The text that ArgumentParser prints instead of running a command, with examples and suggestions added.
struct CommandHelp {
  /// The words of the command line, without the program's name.
  let arguments: [String]

  /// Returns the help of a command with its examples, or an error of the command line with a suggestion.
  func text(for error: any Error) -> String {
    let text = StravaStore.fullMessage(for: error)
    if text.hasPrefix("OVERVIEW:") { return text.trimmingCharacters(in: .newlines) + "\n\n" + examples }
    guard StravaStore.exitCode(for: error) == .validationFailure, let mistake = CommandMistake(in: arguments) else {
      return text
    }
    // ArgumentParser reports the first problem, such as a missing path, although the misspelled word is the cause.
    let usage = text.firstRange(of: "\nUsage:").map { text[$0.lowerBound...] } ?? ""
    return "Error: \(mistake.message)\(usage)"
  }

  private var examples: String {
    var command: any ParsableCommand.Type = StravaStore.self
    for word in arguments {
      command = command.configuration.subcommands.first { $0.configuration.commandName == word } ?? command
    }
    guard let explained = command as? any ExplainedCommand.Type else { return "" }
    return "EXAMPLES:\n" + explained.examples.map { "  \($0)\n" }.joined()
  }
}
