import type { Attack } from './attack.ts';
import { RawConnection } from './raw-connection.ts';

const FRAMES = 60;
const LENGTHS = [0, 1, 3, 4, 5, 9, 100, 65_536, 262_144, 262_149, 262_150, 300_000];

/** Frames for streams that nobody opened, of kinds that there are not, with too much credit. */
export const mangledFrames: Attack = {
  name: 'mangled frames',
  round: async (target, random, tally) => {
    await using connection = await RawConnection.open(target, tally);
    if (!connection) return;
    for (let stream = 1; stream <= 4; stream++) {
      const content = { $bytes: stream, length: random.pick([1, 1_000, 300_000, 4_194_304]) };
      const hash = 'f'.repeat(64);
      const params = { path: '/shared/fuzz-frames', upload: 'x', offset: 0, hash, content };
      const method = random.pick(['files.write', 'files.putChunk', 'store.put']);
      connection.send({ id: stream, method, params });
    }
    for (let sent = 0; sent < FRAMES && connection.isOpen; sent++) {
      const frame = random.bytes(random.pick(LENGTHS));
      // Most are for a stream that was announced, and of a kind that there is.
      if (frame.length >= 5 && random.below(8) > 0) {
        frame.set([1 + random.below(5), 0, 0, 0, 1 + random.below(5)]);
      }
      connection.sendBytes(frame);
      if (random.below(4) === 0) await connection.answers(1);
    }
  },
};
