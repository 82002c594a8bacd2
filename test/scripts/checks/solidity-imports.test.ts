import { expect } from "chai";

import { importViolations } from "../../../scripts/checks/solidity-imports.ts";

const VAULT_INTERFACE = "interface IStakeVault {}";
const VAULT = 'import { IStakeVault } from "./IStakeVault.sol";\ncontract StakeVault is IStakeVault {}';

/** The violations of a small tree of correct contracts to which `files` are added. */
function violationsWith(files: Record<string, string>): string[] {
  const sources = new Map(
    Object.entries({
      "contracts/staking/IStakeVault.sol": VAULT_INTERFACE,
      "contracts/staking/StakeVault.sol": VAULT,
      "contracts/court/ICourt.sol": "interface ICourt {}",
      "contracts/math/Rounding.sol": "library Rounding {}",
      "contracts/governance/Pausable.sol": "abstract contract Pausable {}",
      "contracts/governance/CredenceGovernor.sol": "contract CredenceGovernor {}",
      ...files,
    }),
  );
  return importViolations(sources);
}

describe("importViolations", function () {
  it("accepts interfaces of concepts on the list, foundations, bases and OpenZeppelin", function () {
    const source = `
      import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
      import { IStakeVault } from "../staking/IStakeVault.sol";
      import {
        Rounding
      } from "../math/Rounding.sol";
      import { Pausable } from '../governance/Pausable.sol';
      // import { StakeVault } from "../staking/StakeVault.sol";
      contract Court is Pausable {}`;
    expect(violationsWith({ "contracts/court/Court.sol": source })).to.deep.equal([]);
  });

  const forbidden: [what: string, path: string, source: string, sentence: string][] = [
    [
      "a concept that is not on the list",
      "contracts/staking/Other.sol",
      'import { ICourt } from "../court/ICourt.sol";',
      'contracts/staking/Other.sol: import of "contracts/court/ICourt.sol" is not allowed: staking/ may import types, math, governance',
    ],
    [
      "another concept's contract",
      "contracts/court/Court.sol",
      'import { StakeVault } from "../staking/StakeVault.sol";',
      'contracts/court/Court.sol: import of "contracts/staking/StakeVault.sol" declares "contract StakeVault": import its interface instead',
    ],
    [
      "a concrete contract of governance",
      "contracts/token/Token.sol",
      'import "../governance/CredenceGovernor.sol";',
      'contracts/token/Token.sol: import of "contracts/governance/CredenceGovernor.sol" declares "contract CredenceGovernor": import its interface instead',
    ],
    [
      "anything by a foundation",
      "contracts/math/Other.sol",
      'import { Pausable } from "../governance/Pausable.sol";',
      'contracts/math/Other.sol: import of "contracts/governance/Pausable.sol" is not allowed: math/ may import types, math',
    ],
    [
      "a file outside contracts/",
      "contracts/court/Court.sol",
      'import { Mock } from "../../test/mocks/Mock.sol";',
      'contracts/court/Court.sol: import of "test/mocks/Mock.sol" is not a file of contracts/ (relative imports stay inside; packages go by name)',
    ],
    [
      "another package",
      "contracts/court/Court.sol",
      'import { console } from "hardhat/console.sol";',
      'contracts/court/Court.sol: import of "hardhat/console.sol" is not a file of contracts/ (relative imports stay inside; packages go by name)',
    ],
  ];
  for (const [what, path, source, sentence] of forbidden) {
    it(`refuses the import of ${what}`, function () {
      expect(violationsWith({ [path]: source })).to.deep.equal([sentence]);
    });
  }

  it("refuses a folder that is no concept", function () {
    const [sentence] = violationsWith({ "contracts/utils/Strings.sol": "library Strings {}" });
    expect(sentence).to.match(/^contracts\/utils\/Strings\.sol: contracts\/utils\/ is not a known concept/);
  });
});
