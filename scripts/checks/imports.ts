/** `npm run check:imports`: import direction of the TypeScript, by dependency-cruiser over the folders that exist. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const folders = ["src", "scripts", "test", "bench", "ignition", "examples", "app"].filter((folder) =>
  existsSync(folder),
);
const { status } = spawnSync("depcruise", ["--config", ".dependency-cruiser.cjs", "--output-type", "err", ...folders], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
