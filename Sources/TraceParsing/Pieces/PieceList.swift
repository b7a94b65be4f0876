import TCPModel

extension CapturePiece.Before {
  init(_ position: CapturePosition) {
    frames = position.frames
    time = position.lastTime.nanoseconds
    if position.section.hasSection { section = CapturePiece.Section(position.section) }
  }
}

extension CapturePiece.Section {
  fileprivate init(_ file: PcapNGFile) {
    isBigEndian = file.byteOrder == .big
    interfacesSoFar = file.interfaceCount
    interfaces = file.interfaces.map {
      CapturePiece.Interface(
        linkType: $0.linkType.rawValue, snapLength: $0.snapLength, time: $0.timeScale,
        index: $0.index)
    }
  }

  fileprivate var file: PcapNGFile {
    var file = PcapNGFile()
    file.hasSection = true
    file.byteOrder = isBigEndian ? .big : .little
    file.interfaceCount = interfacesSoFar
    file.interfaces = interfaces.map {
      PcapNGInterface(
        LinkType(rawValue: $0.linkType), snapLength: $0.snapLength, $0.time, index: $0.index)
    }
    return file
  }
}

extension CapturePiece {
  var position: CapturePosition {
    CapturePosition(
      frames: before.frames, byteOffset: offset, lastTime: Timestamp(nanoseconds: before.time),
      section: before.section?.file ?? PcapNGFile(), fragments: FragmentStore(),
      inflationBudget: PayloadInflater().budget)
  }

  var end: Int64? { length.map { offset + $0 } }
}

extension CaptureReader {
  /// Where the capture in a file can be cut: as many records a piece as fit `size` bytes, but at least
  /// one. A compressed file is one piece.
  ///
  /// The whole file is read, because a pcap file has no marks to find a record by.
  ///
  /// - Returns: The pieces, with nothing said about the input but its size.
  public static func pieces(of path: String, size: Int64) throws(CaptureError) -> [CapturePiece] {
    var reader = try CaptureReader(path: path)
    guard let fileSize = reader.window.fileSize else {
      throw CaptureError(
        .notACapture, .file, offset: 0, "is no file, which alone has pieces; copy it to one first")
    }
    var starts = [reader.position]
    if reader.window.compression == .none {
      var batch = SegmentBatch()
      var (start, limit) = (reader.window.offset, reader.window.offset &+ max(1, size))
      while true {
        try reader.window.setLimit(limit)
        let needed: Int64
        do throws(CaptureError) {
          let stop = try reader.readBatch(into: &batch)
          switch stop {
          case .batchFull: continue
          case .end: needed = 1
          case .cut(let cut): needed = cut.needed
          case .damaged: needed = 0
          }
        } catch {
          // The first section is longer than a piece should be, or the file ends in it.
          guard reader.window.isAtLimit, let length = error.needed else { throw error }
          needed = length
        }
        guard needed > 0, reader.window.isAtLimit else { break }
        let border = reader.window.offset
        if border > start {
          starts.append(reader.position)
          start = border
        }
        limit = max(border &+ max(1, size), border &+ needed)
        guard starts.count <= CapturePiece.mostPieces else {
          throw CaptureError(
            .notACapture, .file, offset: border,
            "more than \(CapturePiece.mostPieces) pieces of \(size) bytes; make them larger")
        }
      }
    }
    return starts.indices.map { index in
      let next = starts.dropFirst(index + 1).first
      return CapturePiece(
        input: "-", inputNumber: 1, inputs: 1, isFromFolder: false, size: fileSize,
        piece: index + 1, pieces: starts.count, offset: starts[index].byteOffset,
        length: next.map { $0.byteOffset - starts[index].byteOffset },
        before: CapturePiece.Before(starts[index]))
    }
  }
}
