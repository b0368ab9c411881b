import Foundation

/// Starts a process that is killed when the calling thread ends.
/// - Parameter input: A descriptor for standard input, if the command's input is a pipe.
func spawn(
  _ command: Command, input: Int32?, output: String, errors: String
) throws(HarnessError) -> pid_t {
  var files = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&files)
  defer { posix_spawn_file_actions_destroy(&files) }
  if let input {
    posix_spawn_file_actions_adddup2(&files, input, 0)
  } else if case .file(let path) = command.input {
    posix_spawn_file_actions_addopen(&files, 0, path, O_RDONLY, 0)
  } else {
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
  }
  posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
  posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)

  // The child starts as it would from a shell, whatever signals the calling thread blocks or ignores.
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  var all = sigset_t()
  sigfillset(&all)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setsigdefault(&attributes, &all)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

  let setpriv = "/usr/bin/setpriv"
  var words = [setpriv, "--pdeathsig", "KILL", "--"]
  if let directory = command.directory {
    words += ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory]
  }
  words += [command.executable] + command.arguments
  var pid: pid_t = 0
  let failure = withCStrings(words) { arguments in
    withCStrings(command.environment.map { "\($0.key)=\($0.value)" }) { environment in
      posix_spawn(&pid, setpriv, &files, &attributes, arguments, environment)
    }
  }
  guard failure == 0 else {
    throw HarnessError("\(command.executable) did not start: \(String(cString: strerror(failure)))")
  }
  return pid
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<R>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  let pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
}
