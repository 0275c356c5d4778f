import type { RecentRecords } from './recent-records.ts';
import type { JournalSource } from './records-between.ts';

/**
 * The journal for whoever reads its newest records again and again while it grows: from memory where
 * they are, which takes a small part of the time of reading and checking them on disk.
 */
export function recentOrJournal(recent: RecentRecords, journal: JournalSource): JournalSource {
  return {
    read: async (from, maxBytes) => recent.inMemory(from) ?? (await journal.read(from, maxBytes)),
    get tail() {
      return journal.tail;
    },
    get first() {
      return journal.first;
    },
    hashOf: (number) => journal.hashOf(number),
  };
}
