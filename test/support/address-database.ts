import { writeFile } from 'node:fs/promises';

/** Marks the beginning of the metadata (https://maxmind.github.io/MaxMind-DB/, section "Database Metadata"). */
const METADATA_MARK = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
/** Stands between the search tree and the data. */
const SEPARATOR = Buffer.alloc(16);

type Value = string | number | { [key: string]: Value };

/** What an address database tells of one IPv4 range: all addresses that begin with this byte. */
export interface AddressRange {
  firstByte: number;
  /** Of the database, such as `GeoLite2-ASN`. */
  type: string;
  record: { [key: string]: Value };
}

/** Writes a database of MaxMind's format that knows one range. */
export async function writeAddressDatabase(path: string, { firstByte, type, record }: AddressRange): Promise<void> {
  const bits = firstByte.toString(2).padStart(8, '0');
  const count = bits.length;
  // One node for each bit: the way on, or to the data, on the side of the bit; on the other nothing, which is `count`.
  const tree = [...bits].map((bit, index) => {
    const onward = index + 1 < count ? index + 1 : count + SEPARATOR.length;
    return Buffer.concat((bit === '0' ? [onward, count] : [count, onward]).map(uint24));
  });
  const metadata = encode({
    node_count: count,
    record_size: 24,
    ip_version: 4,
    database_type: type,
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
  });
  const data = encode(record);
  await writeFile(path, Buffer.concat([...tree, SEPARATOR, data, METADATA_MARK, metadata]));
}

/** The format's maps (type 7), texts (type 2, shorter than 285) and whole numbers (type 6, below 256). */
function encode(value: Value): Buffer {
  if (typeof value === 'number') return Buffer.from([(6 << 5) | 1, value]);
  if (typeof value !== 'string') {
    const entries = Object.entries(value);
    return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...entries.flat().map(encode)]);
  }
  const head = value.length < 29 ? [(2 << 5) | value.length] : [(2 << 5) | 29, value.length - 29];
  return Buffer.concat([Buffer.from(head), Buffer.from(value)]);
}

function uint24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}
