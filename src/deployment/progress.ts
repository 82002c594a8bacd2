import {
  type ExecutionEventListener,
  type ExecutionEventResult,
  ExecutionEventResultType,
} from "@nomicfoundation/ignition-core";

/**
 * Puts into lines what Ignition does, one for each contract and call, for somebody who waits.
 * @param say - is handed each line.
 */
export function progressLines(say: (line: string) => void): ExecutionEventListener {
  const outcome = async ({ futureId, result }: { futureId: string; result: ExecutionEventResult }): Promise<void> => {
    switch (result.type) {
      case ExecutionEventResultType.SUCCESS:
        say(result.result === undefined ? `${futureId}: done` : `${futureId}: at ${result.result}`);
        break;
      case ExecutionEventResultType.ERROR:
        say(`${futureId}: failed: ${result.error}`);
        break;
      case ExecutionEventResultType.HELD:
        say(`${futureId}: held: ${result.reason}`);
        break;
    }
  };
  const told: Partial<ExecutionEventListener> = {
    setModuleId: async ({ moduleName }) => {
      say(`module ${moduleName}`);
    },
    deploymentExecutionStateComplete: outcome,
    callExecutionStateComplete: outcome,
    onchainInteractionBumpFees: async ({ futureId }) => {
      say(`${futureId}: not included yet, sent again with a higher fee`);
    },
    onchainInteractionTimeout: async ({ futureId }) => {
      say(`${futureId}: not included in time`);
    },
    reconciliationWarnings: async ({ warnings }) => {
      for (const warning of warnings) say(`warning: ${warning}`);
    },
  };
  const nothing = async (): Promise<void> => undefined;
  // Ignition calls one method for each of thirty kinds of event.
  return new Proxy(told as ExecutionEventListener, {
    get: (known, name) => (Reflect.get(known, name) as unknown) ?? nothing,
  });
}
