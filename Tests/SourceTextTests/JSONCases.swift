/// Texts by what RFC 8259 says about them, one a line. In refused texts, `¦` precedes the byte that the error must
/// name. The mark itself is removed.
enum JSONCases {
  /// Values, each of which is put into `{"v":…}` and `{"v":[…]}`.
  static let validValues = lines(
    #"""
    null
    true
    false
    0
    -0
    1
    -1
    9
    10
    -10
    1234567890
    2147483647
    2147483648
    -2147483648
    -2147483649
    9223372036854775807
    9223372036854775808
    -9223372036854775808
    -9223372036854775809
    1234567890123456789012345678901234
    -9999999999999999999999999999999999
    0.0
    -0.0
    0.5
    -0.5
    1.0
    1.00
    10.10
    100.0001
    0.000000001
    123456789.123456789
    0e0
    0E0
    -0e0
    0e+0
    0e-0
    0e99999999999999999999
    1e0
    1e1
    1E1
    1e+1
    1E+1
    1e-1
    1E-1
    1e01
    1e-01
    1e+00000000001
    1.5e3
    1.5E+3
    1.5e-3
    -1.5e-3
    1e22
    1e23
    1e308
    1e309
    1e400
    -1e400
    5e-324
    4.9406564584124654e-324
    1e-400
    2.2250738585072014e-308
    1.7976931348623157e308
    82.3
    82.299999999999997
    3.141592653589793238462643383279502
    ""
    " "
    "a"
    "abcdefg"
    "abcdefgh"
    "abcdefghi"
    "abcdefghijklmno"
    "abcdefghijklmnop"
    "abcdefghijklmnopq"
    "null"
    "true"
    "{}"
    "[]"
    "{\"v\":1}"
    ",:]}"
    "'"
    "/"
    "\/"
    "\""
    "\\"
    "\\\\"
    "\\\""
    "\b"
    "\f"
    "\n"
    "\r"
    "\t"
    "\b\f\n\r\t\"\\\/"
    "\u0000"
    "a\u0000b"
    "\u0001"
    "\u001f"
    "\u001F"
    "\u0020"
    "\u0022"
    "\u005c"
    "\u005C"
    "\u007f"
    "\u0080"
    "\u00e9"
    "\u00E9"
    "\u00eF"
    "\u07ff"
    "\u0800"
    "\u20ac"
    "\ud7ff"
    "\ue000"
    "\ufeff"
    "\ufffd"
    "\ufffe"
    "\uffff"
    "\ud800\udc00"
    "\uD83D\uDE00"
    "\ud83d\ude00\ud83d\ude00"
    "\udbff\udfff"
    "a\ud834\udd1eb"
    "\\u0000"
    "\\ud800"
    "seven77\n"
    "eight888\n"
    "seven77\""
    "é"
    "€"
    "😀"
    "👩‍👩‍👧‍👦"
    "\u0301é"
    "‮bidi‬"
    "seven77é"
    "six666€"
    "five5😀"
    "�"
    "\u2028 \u2029"
    "$"
    "a.b"
    []
    [ ]
    [[]]
    [[],[]]
    [{}]
    [0]
    [0,1]
    [ 0 , 1 ]
    [null,true,false]
    [1,"a",{"a":1},[1],null]
    [0,1,2,3,4,5,6,7,8,9,10,11]
    [[[[[[[[[[]]]]]]]]]]
    {}
    { }
    {"a":1}
    { "a" : 1 }
    {"a":1,"b":2}
    {"a":1,"A":2}
    {"":0}
    {" ":0}
    {"":{"":{"":[]}}}
    {"$set":1,"$":2,"a.b":3,".":4}
    {"a":{"a":{"a":1}}}
    {"a\"b":1}
    {"a\nb":1}
    {"\u0061":1}
    {"\u00e9":1}
    {"é":1}
    {"e\u0301":1,"\u00e9":2}
    {"😀":1}
    {"0":0,"1":1}
    {"__proto__":null}
    {"a":[{"a":1},{"a":2}]}
    {"abcdefgh":1,"abcdefgi":2,"abcdefg":3,"abcdefghi":4}
    """#)

  /// Whole texts with white space wherever it is allowed: `.` means a space, `t` a tab, `n` a line feed, `r` a carriage
  /// return.
  static let validSpace = ["", ".", "t", "n", "r", "rn", "....", "nnnn", ".t.n.r.", ".........", "n................"]

  static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
}
