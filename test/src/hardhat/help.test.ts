import { expect } from "chai";
import type { Task } from "hardhat/types/tasks";

import { pluginProject } from "../../setup/pluginProject.ts";

/** Tasks that send, by what they are called after `credence`. */
const READING = /^(deploy|inspect|(operator|model|stake|dispute) show|attest (check|verify)|court duty)$/;

describe("the tasks of the plugin", () => {
  it("are described, take --json, and take --from and --dry-run if they send", async () => {
    const { hre } = await pluginProject();
    const leaves: Task[] = [];
    const collect = (task: Task): void => {
      expect(task.description, task.id.join(" ")).to.match(/^[A-Z].+[^.]$/);
      if (task.isEmpty) expect(task.subtasks.size, task.id.join(" ")).to.be.greaterThan(0);
      else leaves.push(task);
      for (const subtask of task.subtasks.values()) collect(subtask);
    };
    collect(hre.tasks.getTask(["credence"]));
    expect(leaves).to.have.length(53);
    for (const { id, options, positionalArguments } of leaves) {
      const name = id.slice(1).join(" ");
      expect(options.has("json"), name).to.equal(true);
      expect(options.has("from"), name).to.equal(!READING.test(name));
      expect(options.has("dryRun"), name).to.equal(!READING.test(name) || name === "deploy");
      for (const { description } of [...options.values(), ...positionalArguments]) {
        expect(description, name).to.match(/^.{4,}$/);
      }
    }
  });
});
