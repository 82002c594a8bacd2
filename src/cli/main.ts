#!/usr/bin/env node
// Nothing is imported before it is known that this Node has what the programs need.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`credence: needs Node 22.13 or later for its journal, this is ${process.versions.node}\n`);
  process.exit(1);
}

// The journal is SQLite's, which Node calls experimental: said here once, so that every run need not.
const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
process.emitWarning = (warning: unknown, ...rest: unknown[]): void => {
  const text = warning instanceof Error ? warning.message : String(warning);
  if (!text.startsWith("SQLite is an experimental feature")) emitWarning(warning, ...rest);
};

// Whoever read the output may have gone: that ends no program that has ballots to open.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const { runCommand } = await import("./runCommand.ts");
process.exitCode = await runCommand(process.argv);

export {};
