/// Why a report cannot be made, though its inputs are sound.
public struct RenderingFailure: Error, Hashable {
  /// The template that it comes from; nil for what is not of a template.
  public var file: String?
  public var message: String

  init(file: String? = nil, _ message: String) {
    self.file = file
    self.message = message
  }
}
