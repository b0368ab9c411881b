import Glibc

/// A list of the files to read in a directory and all directories below it, in the byte order of their relative paths.
///
/// Hidden entries and the folders of package managers are skipped. Symbolic links are followed. Each directory is
/// entered only once, which ends loops.
struct DirectoryListing {
  private(set) var items: [InputSet.Item] = []
  private(set) var passedOver = PassedOver()
  private let selection: InputSelection
  private var entered: Set<Identity> = []
  /// The number of bytes in the path of the root, including its slash.
  private let folderBytes: Int

  private struct Identity: Hashable {
    var device: dev_t
    var inode: ino_t
  }

  init(_ root: [UInt8], _ status: stat, _ selection: InputSelection) {
    self.selection = selection
    // If the path that the user gave ends in a slash, no second slash is added.
    let folder = root.last == UInt8(ascii: "/") ? root : root + [UInt8(ascii: "/")]
    folderBytes = folder.count
    entered.insert(Identity(device: status.st_dev, inode: status.st_ino))
    walk(folder)
  }

  private enum Entry {
    case directory(Identity)
    case file(storedBytes: Int)
    case passedOver(InputSelection.Reason)
    /// The entry cannot be read, for the reason of this `errno`.
    case unreadable(Int32)
  }

  /// Lists a directory, whose path must end in a slash.
  private mutating func walk(_ directory: [UInt8]) {
    var entries: [(name: [UInt8], entry: Entry)] = []
    do throws(InputFailure) {
      var stream = try DirectoryStream(directory)
      while let (name, type) = try stream.next() {
        guard let entry = look(at: directory + name, type) else { continue }
        // A directory is sorted by its name with a slash, which is the order of the paths of its files.
        if case .directory = entry {
          entries.append((name + [UInt8(ascii: "/")], entry))
        } else {
          entries.append((name, entry))
        }
      }
    } catch {
      items.append(.problem(error.finding(String(decoding: directory.dropLast(), as: UTF8.self))))
    }
    entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
    for (name, entry) in entries {
      let path = directory + name
      switch entry {
      case .directory(let identity):
        let inside = Array(path.dropFirst(folderBytes))
        let objection = selection.objection(toFolder: inside) { file in
          (path + Array(file.utf8)).withCPath { access($0, F_OK) == 0 }
        }
        if let objection {
          passedOver.add(folder: objection)
        } else if entered.insert(identity).inserted {
          walk(path)
        }
      case .passedOver(let reason): passedOver.add(file: reason)
      case .file(let bytes):
        items.append(.file(InputFile(path: path, kind: .regular, storedBytes: bytes, folderBytes: folderBytes)))
      case .unreadable(let code):
        let failure = InputFailure.unreadable("cannot read the input", code)
        items.append(.problem(failure.finding(String(decoding: path, as: UTF8.self))))
      }
    }
  }

  /// Returns the entry at the path; nil if it is neither a directory nor a file.
  private func look(at path: [UInt8], _ type: UInt8) -> Entry? {
    let objection = selection.objection(toFile: Array(path.dropFirst(folderBytes)))
    if type == DT_REG, let objection { return .passedOver(objection) }
    var status = stat()
    guard path.withCPath({ stat($0, &status) }) == 0 else {
      return objection == nil ? .unreadable(errno) : nil
    }
    return switch status.st_mode & S_IFMT {
    case S_IFDIR: .directory(Identity(device: status.st_dev, inode: status.st_ino))
    case S_IFREG: objection.map(Entry.passedOver) ?? .file(storedBytes: Int(status.st_size))
    default: nil
    }
  }
}

/// An open directory. It owns a `DIR *`.
private struct DirectoryStream: ~Copyable {
  private let stream: OpaquePointer

  init(_ path: [UInt8]) throws(InputFailure) {
    guard let stream = path.withCPath({ opendir($0) }) else { throw .unreadable("cannot list the directory", errno) }
    self.stream = stream
  }

  deinit { closedir(stream) }

  /// Returns the name and the `DT_…` type of the next entry, and nil at the end. The directory itself and its parent
  /// are left out.
  mutating func next() throws(InputFailure) -> (name: [UInt8], type: UInt8)? {
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw .unreadable("cannot list the whole directory", errno) }
        return nil
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
      return (name, entry.pointee.d_type)
    }
  }
}
