import type { Journal } from "../daemon/journal.ts";

/** Migration of a journal that has a reminder table. */
export const REMINDER_TABLE = `
  CREATE TABLE reminders (
    duty TEXT NOT NULL,
    hours REAL NOT NULL,
    PRIMARY KEY (duty, hours)
  ) STRICT, WITHOUT ROWID;
`;

/** Which reminders were given, so that none is given twice. */
export type ReminderTable = {
  /** @returns whether it was not there; then it is now, on disk. */
  add(duty: string, hours: number): boolean;
};

/** @param journal - With `REMINDER_TABLE` among its migrations. */
export function reminderTable(journal: Journal): ReminderTable {
  const insert = journal.database.prepare("INSERT OR IGNORE INTO reminders (duty, hours) VALUES (?, ?)");
  return { add: (duty, hours) => journal.transaction(() => insert.run(duty, hours).changes) > 0 };
}
