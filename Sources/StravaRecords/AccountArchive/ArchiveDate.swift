/// A date and time in the account archive, in the form of one of its languages. It is always in UTC.
///
/// The forms are `Jan 5, 2020, 6:12:34 PM`, `24 Dec 2020, 08:13:59`, `05.01.2020, 06:12:34`, `2 ago 2026, 6:12:34 p.m.`,
/// `26 июл. 2026 г., 12:12:51`, `2026/06/29 20:14:15`, `2026年8月16日 09:01:41`, `2018-09-12 15:02:23` and their variants.
/// Only the numbers, their order and the words count. Punctuation and spaces, of which Unicode has several, do not.
public struct ArchiveDate: Sendable, Equatable {
  /// The date and time in the form `2026-08-16T09:01:41Z`. The day may be one that does not exist.
  public let text: String

  /// - Parameters:
  ///   - text: the cell.
  ///   - language: the language of the file, which has its own names of months.
  public init?(_ text: some StringProtocol, language: String) {
    var parts = Parts(text)
    guard !parts.isInvalid, parts.numbers.count == (parts.hasWord ? 5 : 6) else { return nil }
    let date = parts.numbers.removingFirst(parts.hasWord ? 2 : 3)
    guard let (year, month, day) = parts.day(of: date, in: language), let time = parts.time(parts.numbers) else {
      return nil
    }
    self.text =
      Self.digits(year, 4) + "-" + Self.digits(month, 2) + "-" + Self.digits(day, 2) + "T"
      + time.map { Self.digits($0, 2) }
      .joined(separator: ":") + "Z"
  }

  private static func digits(_ value: Int, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}

extension Array {
  /// Removes the first elements, and returns them.
  fileprivate mutating func removingFirst(_ count: Int) -> ArraySlice<Element> {
    defer { removeFirst(count) }
    return prefix(count)
  }
}

/// The numbers and words of a date.
private struct Parts {
  struct Number {
    let value: Int
    let digits: Int
  }

  private(set) var isInvalid = false
  var numbers: [Number] = []
  /// The word of the month, in lower case.
  private var month = ""
  /// How many numbers are before that word.
  private var numbersBeforeMonth = 0
  /// Whether the time is in the second half of the day; nil for a time of 24 hours.
  private var isAfternoon: Bool?

  var hasWord: Bool { !month.isEmpty }

  init(_ text: some StringProtocol) {
    var word = ""
    var number = (value: 0, digits: 0)
    func endNumber(_ parts: inout Parts) {
      guard number.digits > 0 else { return }
      parts.numbers.append(Number(value: number.value, digits: number.digits))
      number = (0, 0)
    }
    func endWord(_ parts: inout Parts) {
      guard !word.isEmpty else { return }
      parts.take(word)
      word = ""
    }
    for scalar in text.unicodeScalars {
      if ("0"..."9").contains(scalar) {
        endWord(&self)
        number = (number.value * 10 + Int(scalar.value) - 48, number.digits + 1)
        guard number.digits <= 4 else {
          isInvalid = true
          return
        }
      } else if scalar.properties.isAlphabetic {
        endNumber(&self)
        word.unicodeScalars.append(scalar)
      } else if Self.separators.contains(scalar) {
        endNumber(&self)
        // In `p.m.` the letters are words of their own.
        endWord(&self)
      } else {
        isInvalid = true
        return
      }
    }
    endNumber(&self)
    endWord(&self)
  }

  private static let separators = Set(" ,.:/-\u{A0}\u{202F}\u{2009}\u{200E}".unicodeScalars)

  private mutating func take(_ word: String) {
    let word = word.lowercased()
    switch word {
    case "年", "月", "日", "г", "à", "de", "m": break
    case "am", "a": isAfternoon = false
    case "pm", "p": isAfternoon = true
    default:
      if hasWord { isInvalid = true }
      month = word
      numbersBeforeMonth = numbers.count
    }
  }

  func day(of numbers: ArraySlice<Number>, in language: String) -> (year: Int, month: Int, day: Int)? {
    let numbers = Array(numbers)
    if hasWord {
      // `Jan 5, 2020` or `5 Jan 2020`.
      guard numbersBeforeMonth <= 1, numbers[1].digits == 4, numbers[0].digits <= 2,
        let month = Months.number(of: month, in: language)
      else { return nil }
      return (numbers[1].value, month, numbers[0].value)
    }
    guard isAfternoon == nil else { return nil }
    if numbers[0].digits == 4, numbers[1].digits <= 2, numbers[2].digits <= 2 {
      return (numbers[0].value, numbers[1].value, numbers[2].value)
    }
    guard numbers[2].digits == 4, numbers[0].digits <= 2, numbers[1].digits <= 2 else { return nil }
    return (numbers[2].value, numbers[1].value, numbers[0].value)
  }

  func time(_ numbers: [Number]) -> [Int]? {
    guard numbers.allSatisfy({ $0.digits <= 2 }) else { return nil }
    var time = numbers.map(\.value)
    guard let isAfternoon else { return time }
    guard 1...12 ~= time[0] else { return nil }
    time[0] = time[0] % 12 + (isAfternoon ? 12 : 0)
    return time
  }
}

/// The names of months. A name is known by its beginning, since their abbreviations change.
private enum Months {
  private static let stems: [String: [String]] = [
    "en": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "de": ["jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"],
    "fr": ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"],
    "es-419": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    "nl": ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    "ru": ["янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
    "it": ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
  ]
  private static let others: [String: [String: Int]] = ["nl": ["maart": 3], "de": ["märz": 3]]

  static func number(of word: String, in language: String) -> Int? {
    let language = language == ArchiveLanguage.beforeLabels ? "en" : language
    if let number = others[language]?[word] { return number }
    // A longer stem is not a shorter one's: `мая` is May, `мар` is March.
    let found = stems[language]?.enumerated().filter { word.hasPrefix($1) }.max { $0.element.count < $1.element.count }
    return found.map { $0.offset + 1 }
  }
}
