import Findings

/// An open file of the walk. It provides the contents of the file as sources.
struct OpenInput {
  private let input: InputFile
  private let selection: InputSelection
  private let file: FileLayer
  private let before: Int
  private let expansion: Expansion

  /// Opens a file.
  ///
  /// - Parameter before: the number of stored bytes in all earlier files.
  init(_ input: InputFile, _ selection: InputSelection, before: Int) throws(InputFailure) {
    self.input = input
    self.selection = selection
    self.before = before
    file = try FileLayer(input)
    expansion = Expansion(of: file)
  }

  /// Calls `body` with each source in the file. Returns false if `body` ended the walk.
  func forEachSource(report: (Finding) -> Void, body: (ByteSource) -> Bool) -> Bool {
    let name = input.name
    let peeled = Wrapping.peel(file, expansion)
    let goOn: Bool
    switch peeled.wrapping {
    case .zip, .tar:
      goOn = forEachMember(of: peeled, name, input.relativePath, isInner: false, report: report, body: body)
    default:
      goOn = give(
        name, input.relativePath, InputName(input.path), peeled, companion: { input.companion($0) }, report: report,
        body: body)
    }
    if goOn, let change = file.change(name) { report(change) }
    return goOn
  }

  /// Calls `body` with one source. A source that is invalid from its first bytes on is only reported.
  private func give(
    _ name: String, _ relativePath: String, _ promise: InputName, _ peeled: Peeled,
    companion: @escaping (String) -> [UInt8]?, report: (Finding) -> Void, body: (ByteSource) -> Bool
  ) -> Bool {
    let layer = peeled.layer
    if let failure = layer.failure, layer.head.isEmpty || promise == .archive || !peeled.looksLikeJSON {
      report(failure.finding(name))
      return true
    }
    let isMisnamed = promise == .archive || (promise == .text(compressed: true) && peeled.depth == 0)
    if isMisnamed, !peeled.looksLikeJSON {
      let what = promise == .archive ? "an archive" : "compressed"
      report(Finding(.damagedArchive, "the file is not \(what), although its name says so", file: name))
      return true
    }
    let source = ByteSource(
      name, relativePath: relativePath, isNamed: input.isNamed, layer, file, before: before, companion: companion)
    let goOn = body(source)
    source.close()
    if let failure = source.failure { report(failure) }
    return goOn
  }

  /// Calls `body` with each source in an archive.
  ///
  /// - Parameter isInner: whether the archive is itself a member of another archive.
  private func forEachMember(
    of peeled: Peeled, _ name: String, _ relativePath: String, isInner: Bool, report: (Finding) -> Void,
    body: (ByteSource) -> Bool
  ) -> Bool {
    var holdsSome = false
    var passedOver = PassedOver()
    do throws(InputFailure) {
      let archive =
        switch peeled.wrapping {
        case .zip where peeled.depth == 0 && file.isRegular && !isInner: try ArchiveMembers(zip: file, selection)
        case .zip: try ArchiveMembers(.zip, peeled.layer, selection)
        default: try ArchiveMembers(.tar, peeled.layer, selection)
        }
      while let member = try archive.next() {
        guard let content = member.content else { continue }
        let inside = "\(name)/\(member.name)"
        switch content {
        case .passedOver(let reason): passedOver.add(file: reason)
        case .refused(let finding):
          holdsSome = holdsSome || finding.severity == .error
          var finding = finding
          finding.file = inside
          report(finding)
        case .text:
          holdsSome = true
          let inner = Wrapping.peel(ExpandingLayer(archive, expansion), expansion)
          let goOn = give(
            inner, member, inside, "\(relativePath)/\(member.name)", isInner: isInner,
            canSeek: peeled.wrapping == .zip && peeled.depth == 0 && file.isRegular && !isInner, report: report,
            body: body)
          guard goOn else { return false }
          if archive.hasEnded || expansion.isExceeded { return true }
        }
      }
      if holdsSome {
        if let finding = passedOver.finding(name) { report(finding) }
      } else {
        let message = "the archive contains nothing to read; looked for \(InputName.lookedFor)\(passedOver.suffix)"
        report(Finding(.nothingToRead, message, file: name))
      }
    } catch {
      report(error.finding(name))
    }
    return true
  }

  /// Calls `body` with a member, or with the members of a member that is itself an archive. Artifacts downloaded from
  /// GitHub are nested in this way.
  ///
  /// - Parameter canSeek: whether the other members of the archive can be read independently of this one.
  private func give(
    _ inner: Peeled, _ member: ArchiveMembers.Member, _ name: String, _ relativePath: String, isInner: Bool,
    canSeek: Bool, report: (Finding) -> Void, body: (ByteSource) -> Bool
  ) -> Bool {
    switch inner.wrapping {
    case .zip, .tar:
      guard !isInner else {
        let message = "this archive is inside two other archives and was not read; unpack the outer one"
        report(Finding(.nothingToRead, message, file: name))
        return true
      }
      return forEachMember(of: inner, name, relativePath, isInner: true, report: report, body: body)
    default:
      let input = input
      return give(
        name, relativePath, InputName(Array(member.name.utf8)), inner,
        companion: { canSeek ? input.companion($0, ofMember: member.name) : nil }, report: report, body: body)
    }
  }
}
