import type {
  JournalTail,
  LostTail,
  SnapshotStamp,
  WireLostTail,
  WireStamp,
  WireTail,
} from '@holdfast/contracts';
import { fromHex, toHex } from '@holdfast/kernel';

export function toWireTail({ epoch, number, hash }: JournalTail): WireTail {
  return { epoch, number, hash: toHex(hash) };
}

export function fromWireTail({ epoch, number, hash }: WireTail): JournalTail {
  return { epoch, number, hash: fromHex(hash) };
}

export function toWireLostTail({ hash, ...rest }: LostTail): WireLostTail {
  return { ...rest, ...(hash && { hash: toHex(hash) }) };
}

export function fromWireLostTail({ epoch, number, hash }: WireLostTail): LostTail {
  return { epoch, number, ...(hash !== undefined && { hash: fromHex(hash) }) };
}

export function toWireStamp(stamp: SnapshotStamp): WireStamp {
  return { ...stamp, base: toWireTail(stamp.base) };
}

export function fromWireStamp(stamp: WireStamp): SnapshotStamp {
  return { ...stamp, base: fromWireTail(stamp.base) };
}
