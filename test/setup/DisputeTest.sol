// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../contracts/court/ICourt.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { MAX_ROUNDS, Ruling } from "../../contracts/types/Ruling.sol";
import { CourtTest } from "./CourtTest.sol";

/// @notice Cases whose money is counted: what everybody has is noted, and asserted later as gain or loss.
///
/// A case of the judged model: coverage 400, penalty 400, fees 45, 183 and 600, bonds 183, 366 and 732.
abstract contract DisputeTest is CourtTest {
    int256 internal constant E = 1e18;

    address internal outsider = makeAddr("outsider");
    address internal rival = makeAddr("rival");
    address internal challenger = makeAddr("challenger");
    mapping(address => uint256) private _before;
    uint256 private _jurorsBefore;

    function setUp() public virtual override {
        super.setUp();
        _approve(outsider);
        _approve(rival);
    }

    /* MONEY */

    function _note() internal {
        address[10] memory all = _actors();
        for (uint256 i = 0; i < all.length; ++i) _before[all[i]] = _wealth(all[i]);
        _jurorsBefore = _jurors();
    }

    function _gain(address account) internal view returns (int256) {
        return int256(_wealth(account)) - int256(_before[account]);
    }

    function _jurorsGain() internal view returns (int256) {
        return int256(_jurors()) - int256(_jurorsBefore);
    }

    /// @dev What some gained others lost, and no money is left on its way but the dust of jurors' shares.
    function _assertConserved() internal view {
        address[10] memory all = _actors();
        int256 sum = _jurorsGain();
        for (uint256 i = 0; i < all.length; ++i) sum += _gain(all[i]);
        assertEq(sum, 0, "sum of gains");
        assertLt(_credit(address(court)), holders.length * MAX_ROUNDS, "court's credit");
        assertEq(_credit(address(disputeManager)), 0, "DisputeManager's credit");
        assertEq(vault.lockedBy(address(court), holders[0]), 0, "a juror's lock");
    }

    /// @dev Settles the ballots of all rounds.
    function _claimAll(bytes32 caseId) internal {
        for (uint256 round = 0; round < MAX_ROUNDS; ++round) {
            for (uint256 i = 0; i < holders.length; ++i) {
                (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, holders[i]);
                if (ballot.weight > 0) court.claim(caseId, round, holders[i]);
            }
        }
    }

    /// @dev What dividing fees among jurors left in the court: less than one unit for each ballot.
    function _dust() internal view returns (int256) {
        return int256(_credit(address(court)));
    }

    function _atFault(bytes32 caseId, uint256 round) internal view returns (uint256) {
        return court.roundOf(caseId, round).atFault;
    }

    function _notAtFault(bytes32 caseId, uint256 round) internal view returns (uint256) {
        return court.roundOf(caseId, round).notAtFault;
    }

    function _withdraw(bytes32 caseId, uint256 round, Ruling asked, address by) internal returns (uint256) {
        return disputeManager.withdrawContribution(caseId, round, asked, by);
    }

    function _contribute(bytes32 caseId, Ruling asked, address by, uint256 amount) internal returns (uint256) {
        vm.prank(by);
        return disputeManager.contribute(caseId, asked, amount);
    }

    function _prove(CredenceReceipt memory receipt) internal returns (uint256) {
        vm.prank(replay);
        return disputeManager.overturn(receipt, challenger, ISlashingRegistry.Offence.FalseAnswer);
    }

    /// @dev To the end of the appeal period, and settles.
    function _settle(CredenceReceipt memory receipt, bytes32 caseId) internal {
        if (court.caseOf(caseId).phase == ICourt.Phase.Appeal) _skipPhase(caseId);
        disputeManager.settle(receipt);
    }

    function _actors() private view returns (address[10] memory) {
        return
            [
                opener,
                operator,
                beneficiary,
                outsider,
                rival,
                challenger,
                stranger,
                RESERVE,
                address(court),
                address(disputeManager)
            ];
    }

    function _jurors() private view returns (uint256 sum) {
        for (uint256 i = 0; i < holders.length; ++i) sum += _wealth(holders[i]);
    }
}
