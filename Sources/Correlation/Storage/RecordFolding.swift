import TCPModel

// How records are made small before `RecordArchive` writes down what differs from a usual one.
//
// What is near another number is kept, in a packed record, as the distance to it: in most
// connections nothing, or a byte. A folded field is the reference less the field, so folding twice
// gives the field again. A field that is not set is never near its reference and costs up to eight
// bytes: the references are chosen for connections that went their usual way.
//
// Each record folds itself, in an extension beside its fields; what refers to another record is handed
// in. `ConnectionRecord.fold` calls them.
//
// What may be reordered:
// - The fields of a record, in memory: no offset is written down anywhere, but for the key, which is
//   first in `ConnectionRecord`, and the chain, which is last, because what is waiting in it is written
//   elsewhere. Fields that are usual together belong in one pair of eight bytes each; of two in one
//   word the one that is usually 0 comes second.
// - Calls within one step of `ConnectionRecord.fold`, as long as no reference of one is folded by another
//   of the same step.
//
// What may not:
// - The steps. What follows from several fields is folded first, while these are as they were, and
//   unfolded last. The anchors, to which everything else refers, are moved last and moved back first.
//   `unfold` is `fold` backwards.
// - What a fold asks before it folds (`samples`, `bits`, `state`, `client`) must not be folded itself.
//
// `RecordFoldingTests` folds and unfolds records of captures, and such with any numbers in their fields,
// and compares every byte.

extension Int64 {
  @inline(__always)
  mutating func fold(_ reference: Int64) {
    self = reference &- self
  }
}

extension Timestamp {
  @inline(__always)
  mutating func fold(_ reference: Timestamp) {
    nanoseconds.fold(reference.nanoseconds)
  }
}

extension SequenceNumber {
  @inline(__always)
  mutating func fold(_ reference: SequenceNumber) {
    rawValue = reference.rawValue &- rawValue
  }
}
