import Findings

/// One file of the walk, open: what it holds, as sources.
struct OpenInput {
  private let input: InputFile
  private let file: FileLayer
  private let before: Int
  private let expansion: Expansion

  /// `before`: stored bytes of the files that came before.
  init(_ input: InputFile, before: Int) throws(InputFailure) {
    self.input = input
    self.before = before
    file = try FileLayer(input)
    expansion = Expansion(of: file)
  }

  /// False when `body` ended the walk.
  func forEachSource(report: (Finding) -> Void, body: (ByteSource) -> Bool) -> Bool {
    let name = input.name
    let peeled = Wrapping.peel(file, expansion)
    let goOn: Bool
    switch peeled.wrapping {
    case .zip, .tar: goOn = forEachMember(of: peeled, report: report, body: body)
    default: goOn = give(name, input.place, InputName(input.path), peeled, report: report, body: body)
    }
    if goOn, let change = file.change(name) { report(change) }
    return goOn
  }

  /// Hands one source to `body`. One that is wrong from its first bytes on is only reported.
  private func give(
    _ name: String, _ place: String, _ promise: InputName, _ peeled: Peeled, report: (Finding) -> Void,
    body: (ByteSource) -> Bool
  ) -> Bool {
    let layer = peeled.layer
    if let failure = layer.failure, layer.head.isEmpty || promise == .archive || !peeled.looksLikeJSON {
      report(failure.finding(name))
      return true
    }
    let isMisnamed = promise == .archive || (promise == .text(compressed: true) && peeled.depth == 0)
    if isMisnamed, !peeled.looksLikeJSON {
      let what = promise == .archive ? "an archive" : "compressed"
      report(Finding(.damagedArchive, "is not \(what), though its name says so", file: name))
      return true
    }
    let source = ByteSource(name, place: place, layer, file, before: before)
    let goOn = body(source)
    source.close()
    if let failure = source.failure { report(failure) }
    return goOn
  }

  private func forEachMember(of peeled: Peeled, report: (Finding) -> Void, body: (ByteSource) -> Bool)
    -> Bool
  {
    var found = false
    do throws(InputFailure) {
      let archive =
        switch peeled.wrapping {
        case .zip where peeled.depth == 0 && file.isRegular: try ArchiveMembers(zip: file)
        case .zip: try ArchiveMembers(.zip, peeled.layer)
        default: try ArchiveMembers(.tar, peeled.layer)
        }
      while let member = try archive.next() {
        guard let content = member.content else { continue }
        found = true
        let name = "\(input.name)/\(member.name)"
        switch content {
        case .refused(let finding):
          var finding = finding
          finding.file = name
          report(finding)
        case .text:
          let promise = InputName(Array(member.name.utf8))
          let place = "\(input.place)/\(member.name)"
          let inner = Wrapping.peel(ExpandingLayer(archive, expansion), expansion)
          guard give(name, place, promise, inner, report: report, body: body) else { return false }
          if archive.hasEnded || expansion.isExceeded { return true }
        }
      }
      if !found {
        let message = "is an archive with nothing to read in it; looked for \(InputName.lookedFor)"
        report(Finding(.nothingToRead, message, file: input.name))
      }
    } catch {
      report(error.finding(input.name))
    }
    return true
  }
}
