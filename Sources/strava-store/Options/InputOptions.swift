import ArgumentParser
import SourceText

/// The options that select the files of folders and archives.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Skip files and folders that match, such as 'drafts/*'. Repeatable.", valueName: "glob"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp("Read only files that match, whatever their extension. Repeatable.", valueName: "glob"))
  var include: [String] = []

  var selection: InputSelection { InputSelection(including: include, excluding: exclude) }
}
