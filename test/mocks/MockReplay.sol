// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { Receipt } from "../../contracts/types/Receipt.sol";

/// @notice Stands for the replay adjudicator: overturns at anybody's word, the caller being the challenger.
contract MockReplay {
    IDisputeManager private _disputes;

    function wire(IDisputeManager disputes) external {
        _disputes = disputes;
    }

    function overturn(Receipt calldata receipt, ISlashingRegistry.Offence offence) external returns (uint256 taken) {
        return _disputes.overturn(receipt, msg.sender, offence);
    }
}
