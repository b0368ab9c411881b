import ArgumentParser
import SourceText

/// Which files of folders and archives are read.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Do not read files or enter folders that match, such as 'drafts/*'. Repeatable.", valueName: "glob"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp("Read only files that match, whatever their ending. Repeatable.", valueName: "glob"))
  var include: [String] = []

  var selection: InputSelection { InputSelection(including: include, excluding: exclude) }
}
