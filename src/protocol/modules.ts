/** Whether a contract may lock stake of accounts that opt in to it. */
export const ModuleStatus = { None: 0, Announced: 1, Genesis: 2, Active: 3, Removed: 4 } as const;
export type ModuleStatus = (typeof ModuleStatus)[keyof typeof ModuleStatus];
