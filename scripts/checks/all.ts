/**
 * `npm run check`: runs every `check:*` script of package.json in order and sums up. Output is shown for failures only.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
const names = Object.keys(scripts).filter((name) => name.startsWith("check:"));
const failed: string[] = [];

for (const name of names) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", name], {
    encoding: "utf8",
    shell: process.platform === "win32",
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) {
    failed.push(name);
    console.log(`${stdout}${stderr}`);
  }
}

console.log(`${String(names.length - failed.length)} of ${String(names.length)} checks passed`);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
