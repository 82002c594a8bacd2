// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { DisputeManager } from "../../../contracts/disputes/DisputeManager.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { DisputeTest } from "../../setup/DisputeTest.sol";

/// @notice The one number that governors set, the wiring, who may call back, and the views.
contract DisputeManagerGovernanceTest is DisputeTest {
    /* DEPLOYMENT */

    function test_DeployedAsWired() external view {
        assertEq(address(disputeManager.VAULT()), address(vault));
        assertEq(address(disputeManager.ATTESTATIONS()), address(attestations));
        assertEq(address(disputeManager.SLASHING()), address(protocol.slashing));
        assertEq(address(disputeManager.MODELS()), address(protocol.models));
        assertEq(address(disputeManager.COURT()), address(court));
        assertEq(disputeManager.bondBps(), 1_000);
        assertEq(disputeManager.replay(), replay);
        assertEq(court.disputeManager(), address(disputeManager));
        assertEq(vault.court(), address(court));
    }

    function test_RevertWhen_DeployedWithABondOutOfBounds() external {
        uint16[2] memory wrong = [uint16(99), 5_001];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(_outOfBounds(wrong[i]));
            new DisputeManager(
                address(protocol.access),
                attestations,
                protocol.slashing,
                protocol.models,
                vault,
                court,
                wrong[i],
                50e18
            );
        }
    }

    /* SEALING */

    function test_SealedOnce() external {
        (DisputeManager fresh, ) = _unsealed();
        assertEq(fresh.replay(), address(0));
        fresh.seal(replay);
        assertEq(fresh.replay(), replay);
        vm.expectRevert(IDisputeManager.AlreadySealed.selector);
        fresh.seal(replay);
    }

    /// @dev A deployment without replay never has it: zero is as final as any other address.
    function test_SealedWithoutReplayForGood() external {
        (DisputeManager fresh, ) = _unsealed();
        fresh.seal(address(0));
        vm.expectRevert(IDisputeManager.AlreadySealed.selector);
        fresh.seal(replay);
        assertEq(fresh.replay(), address(0));
        CredenceReceipt memory receipt = _judged(1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, replay, address(0)));
        vm.prank(replay);
        fresh.overturn(receipt, challenger, ISlashingRegistry.Offence.FalseAnswer);
    }

    function test_RevertWhen_SealedAgainOrByAStranger() external {
        vm.expectRevert(IDisputeManager.AlreadySealed.selector);
        vm.prank(owner);
        disputeManager.seal(stranger);
        (DisputeManager fresh, ) = _unsealed();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        fresh.seal(stranger);
    }

    /* THE BOND */

    function testFuzz_BondWithinItsBounds(uint16 bps) external {
        bps = uint16(bound(bps, 100, 5_000));
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.BondBpsSet(bps);
        vm.prank(owner);
        disputeManager.setBondBps(bps);
        assertEq(disputeManager.bondBps(), bps);
    }

    function testFuzz_RevertWhen_BondIsOutOfBounds(uint16 bps) external {
        vm.assume(bps < 100 || bps > 5_000);
        vm.expectRevert(_outOfBounds(bps));
        vm.prank(owner);
        disputeManager.setBondBps(bps);
        assertEq(disputeManager.bondBps(), 1_000);
    }

    function test_BoundsThemselvesAreAllowed() external {
        vm.startPrank(owner);
        disputeManager.setBondBps(100);
        disputeManager.setBondBps(5_000);
        assertEq(disputeManager.bondBps(), 5_000);
    }

    function test_RevertWhen_OthersSetTheBond() external {
        address[3] memory others = [guardian, stranger, address(court)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]));
            vm.prank(others[i]);
            disputeManager.setBondBps(2_000);
        }
    }

    /// @dev A case keeps its bond, in its appeals as well and to the end.
    function test_RunningCaseKeepsItsBond() external {
        (CredenceReceipt memory receipt, bytes32 id) = _openNew(1);
        vm.prank(owner);
        disputeManager.setBondBps(5_000);
        (uint256 bond, ) = disputeManager.openingCost(receipt);
        assertEq(bond, 400e18);
        assertEq(disputeManager.caseOf(id).bond, 183e18);
        _voteAll(id, NOT_AT_FAULT);
        (, uint256 cost) = disputeManager.appealCost(id);
        assertEq(cost, 549e18);
        uint256 before = _wealth(operator);
        _settle(receipt, id);
        assertEq(_wealth(operator), before + 91.5e18);
    }

    /* CALLED BACK */

    function test_RevertWhen_OtherThanTheVaultAsks() external {
        address[4] memory others = [owner, opener, address(court), address(disputeManager)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotVault.selector, others[i], address(vault)));
            vm.prank(others[i]);
            disputeManager.onDeposit(opener, 1);
        }
        assertEq(token.balanceOf(opener), 10_000e18);
    }

    /* VIEWS */

    function test_AppealCostIsKnownWhileAnAppealIsPossible() external {
        (, bytes32 id) = _openNew(1);
        uint256 deadline = court.caseOf(id).deadline;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CaseInPhase.selector,
                id,
                ICourt.Phase.Evidence,
                ICourt.Phase.Appeal,
                block.timestamp,
                deadline
            )
        );
        disputeManager.appealCost(id);
        _voteAll(id, AT_FAULT);
        (uint256 round, uint256 cost) = disputeManager.appealCost(id);
        assertEq(round, 1);
        assertEq(cost, 549e18);
        _skipPhase(id);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CaseInPhase.selector,
                id,
                ICourt.Phase.Final,
                ICourt.Phase.Appeal,
                block.timestamp,
                0
            )
        );
        disputeManager.appealCost(id);
    }

    /// @dev 60 % of a penalty of 380 are the fees of two rounds, of 1,380 those of three.
    function test_AppealableToWhatThePenaltyPays() external view {
        assertEq(_appealableTo(380e18), 1);
        assertEq(_appealableTo(380e18 - 1), 0);
        assertEq(_appealableTo(1_380e18), 2);
        assertEq(_appealableTo(1_380e18 - 1), 1);
        assertEq(_appealableTo(1), 0);
        assertEq(_appealableTo(type(uint96).max), 2);
    }

    function testFuzz_AppealableToNeverPromisesTooMuch(uint96 penalty) external view {
        uint256 round = _appealableTo(penalty);
        uint256[3] memory sums = [uint256(45e18), 228e18, 828e18];
        uint256 left = (uint256(penalty) * 6) / 10;
        if (round > 0) assertGe(left, sums[round]);
        if (round < 2) assertLt(left, sums[round + 1]);
    }

    /// @dev What the view promises: from 380 tokens of penalty whoever is right against a panel of 15 pays nothing, though
    /// one of that panel was right as well and took its fee.
    function test_RightAppellantBreaksEvenFromAPenaltyOf380() external {
        _convictOnAppeal(380e18);
        assertEq(_gain(opener), 0);
        assertEq(_gain(outsider), 0);
    }

    /// @dev With less the fees of 228 are paid pro rata.
    function test_RightAppellantPaysItsPartOfWhatASmallerPenaltyLacks() external {
        _convictOnAppeal(370e18);
        assertEq(_gain(opener), int256((uint256(222e18) * 45e18) / 228e18) - 45 * E);
        assertEq(_gain(outsider), int256((uint256(222e18) * 183e18) / 228e18) - 183 * E);
    }

    /* HELPERS */

    /// @dev An operator that the first panel lets go, but for one of it, is overturned on appeal.
    function _convictOnAppeal(uint96 penalty) private {
        CredenceReceipt memory receipt = _judgedOf(penalty);
        _publish(_anchorOne(receipt));
        _note();
        bytes32 id = _open(receipt);
        _toCommit(id, "seed");
        uint8[] memory choices = new uint8[](holders.length);
        bool found = false;
        for (uint256 i = 0; i < choices.length; ++i) {
            (uint256 weight, ) = court.weightOf(id, holders[i]);
            choices[i] = weight == 1 && !found ? AT_FAULT : NOT_AT_FAULT;
            found = found || weight == 1;
        }
        _vote(id, holders, choices);
        assertEq(_atFault(id, 0), 1);
        assertEq(uint8(court.currentRuling(id)), uint8(Ruling.Upheld));
        _appeal(id, Ruling.Overturned, outsider);
        _voteAll(id, AT_FAULT);
        _settle(receipt, id);
        _withdraw(id, 1, Ruling.Overturned, outsider);
    }

    /// @dev A receipt whose penalty is as large as its coverage, of a model that allows small ones.
    function _judgedOf(uint96 penalty) private returns (CredenceReceipt memory receipt) {
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.minCoverage = penalty;
        receipt = _judged(1);
        receipt.modelId = _publishJudged(policy);
        receipt.coverage = penalty;
    }

    function _appealableTo(uint96 penalty) private view returns (uint256) {
        CredenceReceipt memory receipt = _judged(1);
        receipt.coverage = penalty;
        return disputeManager.appealableTo(receipt);
    }

    function _outOfBounds(uint256 bps) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDisputeManager.BondOutOfBounds.selector, bps, 100, 5_000);
    }

    function _arguments(address authority, uint16 bps) private view returns (bytes memory) {
        return
            abi.encode(authority, attestations, protocol.slashing, protocol.models, vault, court, bps, uint96(50e18));
    }

    function _unsealed() private returns (DisputeManager fresh, AccessManager access) {
        access = new AccessManager(address(this));
        string memory name = "contracts/disputes/DisputeManager.sol:DisputeManager";
        fresh = DisputeManager(deployCode(name, _arguments(address(access), 1_000)));
    }
}
