// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { Receipt } from "../../contracts/types/Receipt.sol";

/// @notice Stands for the DisputeManager: opens and ends cases at anybody's word, with the calls of the real one.
contract MockAdjudicator {
    IAttestationRegistry private _attestations;
    ISlashingRegistry private _slashing;

    function wire(IAttestationRegistry attestations, ISlashingRegistry slashing) external {
        _attestations = attestations;
        _slashing = slashing;
    }

    function open(Receipt calldata receipt) external {
        _attestations.hold(receipt);
    }

    function uphold(Receipt calldata receipt) external {
        _attestations.release(receipt, IAttestationRegistry.CaseEnd.Upheld);
    }

    /// @dev The coverage goes to the beneficiary, the penalty to the reserve.
    function overturn(Receipt calldata receipt, ISlashingRegistry.Offence offence) external returns (uint256 taken) {
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (receipt.beneficiary, receipt.coverage);
        taken = _attestations.seize(receipt, recipients, amounts);
        _slashing.recordRuling(receipt, offence, taken);
    }

    /// @dev As the real one divides it: the coverage to the beneficiary, half of the penalty to the challenger, who
    /// calls, and the rest, at least 40 % of the penalty, to the reserve.
    function overturnForBounty(Receipt calldata receipt) external returns (uint256 taken) {
        uint256 backed = _attestations.checkReceipt(receipt).backed;
        uint256 locked = _attestations.answer(_attestations.receiptIdOf(receipt)).locked;
        address[] memory recipients = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (recipients[0], amounts[0]) = (receipt.beneficiary, backed);
        (recipients[1], amounts[1]) = (msg.sender, (locked - backed) / 2);
        taken = _attestations.seize(receipt, recipients, amounts);
        _slashing.recordRuling(receipt, ISlashingRegistry.Offence.FalseAnswer, taken);
    }
}
