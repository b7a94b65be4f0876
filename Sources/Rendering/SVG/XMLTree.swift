import CLibXML2
import Support

/// A libxml2 document being built: the only place that touches the C library's tree.
final class XMLTree {
  typealias Node = xmlNodePtr

  private let document: xmlDocPtr
  let root: Node
  /// Whether everything that was asked for is in it: memory may be short.
  private var isWhole = true

  init(root name: String, namespace: String? = nil) throws(RenderingFailure) {
    guard let document = xmlNewDoc("1.0") else { throw Self.failure }
    guard let root = xmlNewNode(nil, name) else {
      xmlFreeDoc(document)
      throw Self.failure
    }
    xmlDocSetRootElement(document, root)
    if let namespace { xmlSetNs(root, xmlNewNs(root, namespace, nil)) }
    self.document = document
    self.root = root
  }

  private static let failure = RenderingFailure(
    "the picture cannot be made (libxml2 has no memory left); show fewer connections")

  deinit { xmlFreeDoc(document) }

  func add(_ name: String, to parent: Node) -> Node? {
    guard let node = xmlNewDocNode(document, parent.pointee.ns, name, nil) else {
      isWhole = false
      return nil
    }
    return xmlAddChild(parent, node)
  }

  func set(_ name: String, _ value: String, on node: Node) {
    if xmlNewProp(node, name, XMLTree.legal(value)) == nil { isWhole = false }
  }

  /// libxml2 escapes it.
  func add(text: String, to parent: Node) {
    guard let node = xmlNewDocText(document, XMLTree.legal(text)) else {
      isWhole = false
      return
    }
    xmlAddChild(parent, node)
  }

  /// The document as UTF-8, elements on one line: white space would become part of texts.
  func bytes() throws(RenderingFailure) -> [UInt8] {
    guard isWhole, let buffer = xmlBufferCreate() else { throw Self.failure }
    defer { xmlBufferFree(buffer) }
    guard let context = xmlSaveToBuffer(buffer, "UTF-8", 0) else { throw Self.failure }
    let saved = xmlSaveDoc(context, document)
    let closed = xmlSaveClose(context)
    guard saved >= 0, closed >= 0, let content = xmlBufferContent(buffer),
      case let length = Int(xmlBufferLength(buffer)), length > 0
    else { throw Self.failure }
    return Array(UnsafeBufferPointer(start: content, count: length))
  }

  /// What XML 1.0 (2.2) does not allow even escaped, and what nobody would see, made visible. The line
  /// breaks of tooltips are our own.
  private static func legal(_ text: String) -> String {
    func isLegal(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "\n" || !scalar.isUnsafeToShow && !(0xFFFE...0xFFFF).contains(scalar.value)
    }
    guard !text.unicodeScalars.allSatisfy(isLegal) else { return text }
    return text.unicodeScalars.reduce(into: "") { legal, scalar in
      legal += isLegal(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}
