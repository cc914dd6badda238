/** A message that is no protobuf. */
export class MalformedMessage extends Error {}

const LENGTH_DELIMITED = 2;

/**
 * Walks the fields of one protobuf message without building objects.
 * After `next()` a scalar is in `value` (a double: exact below 2^53), a length-delimited field between `start` and `stop`.
 */
export class FieldReader {
  field = 0;
  value = 0;
  start = 0;
  stop = 0;
  private scalarAt = 0;

  constructor(
    readonly buffer: Buffer,
    private at = 0,
    private readonly limit = buffer.length,
  ) {}

  /** Where the next field begins. */
  get offset(): number {
    return this.at;
  }

  next(): boolean {
    if (this.at >= this.limit) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.readValue(tag & 7);
    return true;
  }

  text(): string {
    return this.buffer.toString('utf8', this.start, this.stop);
  }

  bytes(): Buffer {
    return this.buffer.subarray(this.start, this.stop);
  }

  nested(): FieldReader {
    return new FieldReader(this.buffer, this.start, this.stop);
  }

  /** The scalar just read with all its 64 bits. */
  bigValue(): bigint {
    let result = 0n;
    for (let at = this.scalarAt, shift = 0n; ; at++, shift += 7n) {
      const byte = this.buffer[at] as number;
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
  }

  private readValue(wire: number): void {
    this.scalarAt = this.at;
    if (wire === 0) this.value = this.varint();
    else if (wire === LENGTH_DELIMITED) this.delimit(this.varint());
    else if (wire === 1) this.delimit(8);
    else if (wire === 5) this.delimit(4);
    else throw new MalformedMessage(`wire type ${wire}`);
  }

  private delimit(length: number): void {
    this.start = this.at;
    this.stop = this.at + length;
    if (this.stop > this.limit) throw new MalformedMessage('field is longer than its message');
    this.at = this.stop;
  }

  private varint(): number {
    let result = 0;
    let scale = 1;
    for (let read = 0; read < 10; read++) {
      if (this.at >= this.limit) throw new MalformedMessage('message ends within a number');
      const byte = this.buffer[this.at++] as number;
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
      scale *= 128;
    }
    throw new MalformedMessage('number of more than ten bytes');
  }
}

export const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
};

/** Bytes a length-delimited field takes whose tag is one byte. */
export const fieldSize = (length: number): number => 1 + varintSize(length) + length;

/** Writes fields with one-byte tags into a buffer that the caller has sized. */
export class FieldWriter {
  constructor(
    readonly buffer: Buffer,
    public at = 0,
  ) {}

  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.buffer[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.at++] = rest;
  }

  scalar(field: number, value: number): void {
    this.buffer[this.at++] = field << 3;
    this.varint(value);
  }

  open(field: number, length: number): void {
    this.buffer[this.at++] = (field << 3) | LENGTH_DELIMITED;
    this.varint(length);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.open(field, bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  latin1(field: number, text: string): void {
    this.open(field, text.length);
    this.at += this.buffer.write(text, this.at, 'latin1');
  }
}

/** One message from its fields, each already encoded. */
export const delimited = (field: number, body: Uint8Array): Buffer => {
  const writer = new FieldWriter(Buffer.allocUnsafe(fieldSize(body.length)));
  writer.bytes(field, body);
  return writer.buffer;
};

export const scalar = (field: number, value: number): Buffer => {
  const writer = new FieldWriter(Buffer.allocUnsafe(1 + varintSize(value)));
  writer.scalar(field, value);
  return writer.buffer;
};
