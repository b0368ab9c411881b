extension JSONCases {
  /// Whole texts that are cut off. The error is at their end.
  static let truncated = lines(
    #"""
    {
    {"
    {"a
    {"abcdefgh
    {"a\
    {"a\u
    {"a\u00
    {"a\ud83d\u
    {"a"
    {"a":
    {"a":t
    {"a":tru
    {"a":true
    {"a":f
    {"a":fals
    {"a":false
    {"a":n
    {"a":nul
    {"a":null
    {"a":-
    {"a":1
    {"a":12
    {"a":1.
    {"a":1.5
    {"a":1e
    {"a":1e+
    {"a":1e5
    {"a":12345678901234567890
    {"a":"
    {"a":"b
    {"a":"b\
    {"a":"b\u12
    {"a":"b"
    {"a":"b",
    {"a":1,
    {"a":1,"
    {"a":1,"b
    {"a":1,"b"
    {"a":1,"b":
    {"a":[
    {"a":[1
    {"a":[1,
    {"a":[[
    {"a":[]
    {"a":[[]
    {"a":{
    {"a":{}
    {"a":{"b":1}
    {"a":{"b":[1]
    {"a":"é
    {"a":"😀
    """#)

  /// Valid JSON that cannot be stored exactly: the rule, then the value.
  static let refusedValues = lines(
    #"""
    duplicateKey {"a":1,¦"a":1}
    duplicateKey {"a":1,¦"a":2,"b":3}
    duplicateKey {"a":1,"b":2,¦"a":3}
    duplicateKey {"a":1,"b":2,¦"b":3}
    duplicateKey { "a" : 1 , ¦"a" : 2 }
    duplicateKey {"":1,¦"":2}
    duplicateKey {"a":1,¦"\u0061":2}
    duplicateKey {"\u0061":1,¦"a":2}
    duplicateKey {"/":1,¦"\/":2}
    duplicateKey {"é":1,¦"\u00e9":2}
    duplicateKey {"😀":1,¦"\ud83d\ude00":2}
    duplicateKey {"a":{"b":1,¦"b":2}}
    duplicateKey [{"a":1},{"a":1,¦"a":2}]
    duplicateKey {"a":{"a":1},¦"a":2}
    duplicateKey {"a":{"a":{"b":1}},"b":{"a":1},¦"b":0}
    duplicateKey {"a":[{"b":1}],¦"a":[]}
    duplicateKey {"abcdefgh":1,¦"abcdefgh":2}
    duplicateKey {"abcdefghijklmnop":1,"abcdefghijklmnoq":2,¦"abcdefghijklmnop":3}
    nulInKey {¦"\u0000":1}
    nulInKey {¦"a\u0000":1}
    nulInKey {"a":1,¦"\u0000a":1}
    nulInKey {"a":{¦"b\u0000c":1}}
    loneSurrogate "¦\ud800"
    loneSurrogate "¦\uDBFF"
    loneSurrogate "¦\udc00"
    loneSurrogate "¦\uDFFF"
    loneSurrogate "a¦\ud800b"
    loneSurrogate "¦\ud800\n"
    loneSurrogate "¦\ud800\u0041"
    loneSurrogate "¦\ud800\ud800"
    loneSurrogate "¦\ud83d😀"
    loneSurrogate "¦\udc00\ud800"
    loneSurrogate "\ud800\udc00¦\udc00"
    loneSurrogate "\ud83d\ude00¦\ud83d"
    loneSurrogate "\\¦\ud800"
    loneSurrogate {"¦\ud800":1}
    loneSurrogate {"a":1,"b¦\udfff":1}
    inexactNumber ¦12345678901234567890123456789012345
    inexactNumber ¦-12345678901234567890123456789012345
    inexactNumber ¦2.2250738585072014e9223372036854775807
    inexactNumber ¦12345678901234567890.1e-9223372036854775807
    inexactNumber ¦0.00001e-9223372036854775808
    inexactNumber ¦1e6145
    inexactNumber ¦-1e6145
    inexactNumber ¦1e-6177
    inexactNumber ¦1.5e-6176
    inexactNumber ¦1e99999999999999999999
    inexactNumber ¦1e-99999999999999999999
    inexactNumber ¦0.12345678901234567890123456789012345
    inexactNumber ¦3.14159265358979323846264338327950288
    inexactNumber ¦12345678901234567890123456789012345e-5
    inexactNumber [1,2,¦1e7000]
    """#)

  /// No text may follow a whole object.
  static let trailing = lines(
    #"""
    {}¦}
    {}¦]
    {}¦,
    {}¦{}
    {} ¦{}
    {}¦[]
    {}¦1
    {}¦"a"
    {}¦null
    {}¦//
    {}¦:
    {"a":1}¦}
    {"a":1} ¦x
    {"a":[1]}¦]
    """#)
}
