import CLibXML2

/// A libxml2 document being built: the only place that touches the C library's tree.
struct XMLTree: ~Copyable {
  typealias Node = xmlNodePtr

  private let document: xmlDocPtr
  let root: Node

  /// nil when memory is short.
  init?(root name: String, namespace: String) {
    guard let document = xmlNewDoc("1.0") else { return nil }
    guard let root = xmlNewNode(nil, name) else {
      xmlFreeDoc(document)
      return nil
    }
    xmlDocSetRootElement(document, root)
    xmlSetNs(root, xmlNewNs(root, namespace, nil))
    self.document = document
    self.root = root
  }

  deinit { xmlFreeDoc(document) }

  func add(_ name: String, to parent: Node) -> Node? {
    guard let node = xmlNewDocNode(document, parent.pointee.ns, name, nil) else { return nil }
    return xmlAddChild(parent, node)
  }

  func set(_ name: String, _ value: String, on node: Node) {
    xmlNewProp(node, name, value)
  }

  /// libxml2 escapes it.
  func add(text: String, to parent: Node) {
    guard let node = xmlNewDocText(document, XMLTree.legal(text)) else { return }
    xmlAddChild(parent, node)
  }

  /// The document as UTF-8, elements on one line: white space would become part of texts.
  func bytes() -> [UInt8] {
    guard let buffer = xmlBufferCreate() else { return [] }
    defer { xmlBufferFree(buffer) }
    guard let context = xmlSaveToBuffer(buffer, "UTF-8", 0) else { return [] }
    xmlSaveDoc(context, document)
    xmlSaveClose(context)
    guard let content = xmlBufferContent(buffer) else { return [] }
    return Array(UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(buffer))))
  }

  /// Without the characters that XML 1.0 (2.2) does not allow even escaped.
  private static func legal(_ text: String) -> String {
    func isLegal(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
      default: false
      }
    }
    guard !text.unicodeScalars.allSatisfy(isLegal) else { return text }
    var legal = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where isLegal(scalar) { legal.append(scalar) }
    return String(legal)
  }
}
