extension StringProtocol {
  /// The text with control characters and direction characters written as escapes. Names from an untrusted file must
  /// not control the terminal that shows them.
  public var visible: String {
    replacingInvisible { "\\u{\(String($0.value, radix: 16, uppercase: true))}" }
  }

  /// The text with one replacement character for each control or direction character, so that columns stay aligned.
  var visibleInColumns: String { replacingInvisible { _ in "\u{FFFD}" } }

  private func replacingInvisible(_ replacement: (Unicode.Scalar) -> String) -> String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: text += replacement(scalar)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
