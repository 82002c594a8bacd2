// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { DisputeManager } from "../../../contracts/disputes/DisputeManager.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice Who can open a game on what, what it costs, and who may end it.
contract DisputeManagerGamesTest is GameTest {
    /* WHAT CAN BE CONTESTED */

    function test_UnpublishedLeafIsPublishedByTheCall() external {
        Leaf memory leaf = _anchorOne(_wideReceipt(1, SEVENTEEN, _honest(), _replayPolicy()));
        skip(1 hours);
        vm.prank(challenger);
        uint256 gameId = disputeManager.openGame(leaf, INPUT, LARGEST);
        IAttestationRegistry.AnswerView memory answer = attestations.answer(_id(leaf.receipt));
        assertEq(answer.publishedAt, block.timestamp);
        assertEq(answer.openCases, 1);
        assertEq(answer.locked, JUDGED_LOCK);
        _assertStatus(leaf, AnswerStatus.Contested);
        _assertBond(gameId, challenger, BOND);
    }

    function test_PublicationByAnotherDoesNoHarm() external {
        Leaf memory leaf = _anchorOne(_wideReceipt(1, SEVENTEEN, _honest(), _replayPolicy()));
        _show(leaf);
        vm.prank(challenger);
        _assertBond(disputeManager.openGame(leaf, INPUT, LARGEST), challenger, BOND);
        vm.prank(rival);
        _assertBond(disputeManager.openGame(_bare(leaf.receipt), "another request", "another output"), rival, BOND);
    }

    function test_RevertWhen_WhatIsShownIsNotTheAnswer() external {
        Leaf memory leaf = _anchorOne(_wideReceipt(1, SEVENTEEN, _honest(), _replayPolicy()));
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.OutputMismatch.selector,
                keccak256("another output"),
                keccak256(LARGEST)
            )
        );
        vm.prank(challenger);
        disputeManager.openGame(leaf, INPUT, "another output");
        _assertNothing(leaf.receipt, challenger, AnswerStatus.Unknown);
    }

    /// @dev An answer that was anchored alone while nothing was left to lock, and a leaf of it that is locked.
    function test_ShortLockIsMadeWholeByALeaf() external {
        (Leaf memory leaf, bytes32 id) = _lockedShort();
        assertEq(attestations.answer(id).locked, 0);
        vm.prank(challenger);
        uint256 gameId = disputeManager.openGame(leaf, "", "");
        assertTrue(attestations.answer(id).merged);
        assertEq(attestations.answer(id).locked, JUDGED_LOCK);
        _note();
        skip(13 hours);
        _claimTimeout(gameId, leaf.receipt);
        assertEq(_gain(beneficiary), 400 * E);
        assertEq(_gain(challenger), 250 * E);
    }

    function test_LeafThatDoesNotFitDoesNotStopTheGame() external {
        (Leaf memory leaf, bytes32 id) = _lockedShort();
        leaf.proof = new bytes32[](7);
        vm.prank(challenger);
        _assertBond(disputeManager.openGame(leaf, "", ""), challenger, BOND);
        assertFalse(attestations.answer(id).merged);
        _assertStatus(leaf.receipt, AnswerStatus.Contested);
    }

    /// @dev There is nothing to win, and silence is silence.
    function test_AnswerWithNothingBehindIt() external {
        (Leaf memory leaf, ) = _lockedShort();
        _note();
        uint256 gameId = _openGame(leaf.receipt);
        skip(13 hours);
        _claimTimeout(gameId, leaf.receipt);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(operator), 0);
        _assertStatus(leaf.receipt, AnswerStatus.Overturned);
    }

    function test_PrivateInputIsContestedByItsBeneficiaryOnly() external {
        IModelRegistry.Policy memory policy = _replayPolicy();
        policy.privateInput = true;
        Leaf memory leaf = _anchorOne(_wideReceipt(1, SEVENTEEN, _honest(), policy));
        _note();
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotBeneficiary.selector, challenger, beneficiary));
        vm.prank(challenger);
        disputeManager.openGame(leaf, "", "");
        _assertNothing(leaf.receipt, challenger, AnswerStatus.Unknown);
        _approve(beneficiary);
        vm.prank(beneficiary);
        _assertBond(disputeManager.openGame(leaf, "", ""), beneficiary, BOND);
    }

    function test_RevertWhen_TheModelHasNoGraph() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeManager.GroundNotAllowed.selector, judgedModelId, uint8(2), uint8(1))
        );
        _openGame(receipt);
        _assertNothing(receipt, challenger, AnswerStatus.Pending);
    }

    function test_ModelWithReplayAlone() external {
        IModelRegistry.Policy memory policy = _replayPolicy();
        policy.grounds = 1;
        CredenceReceipt memory receipt = _wideReceipt(1, SEVENTEEN, _honest(), policy);
        _show(_anchorOne(receipt));
        _assertBond(_openGame(receipt), challenger, BOND);
    }

    function test_RevertWhen_TheAnswerWasOverturned() external {
        CredenceReceipt memory receipt = _wrongAnswer(1);
        _proveElement(receipt, lies[_id(receipt)].row, rival);
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                _id(receipt),
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        _openGame(receipt);
        _assertNothing(receipt, challenger, AnswerStatus.Overturned);
    }

    function test_LastSecondOfTheTimeToContest() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        uint256 finalAt = attestations.answer(_id(receipt)).finalAt;
        vm.warp(finalAt);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, _id(receipt), finalAt, finalAt)
        );
        _openGame(receipt);
        vm.warp(finalAt - 1);
        _assertBond(_openGame(receipt), challenger, BOND);
    }

    function test_TheGuardianStopsNoGame() external {
        Leaf memory leaf = _anchorOne(_wideReceipt(1, SEVENTEEN, _honest(), _replayPolicy()));
        vm.startPrank(guardian);
        protocol.operators.pause();
        protocol.models.pause();
        protocol.attestations.pause();
        vm.stopPrank();
        vm.prank(challenger);
        uint256 gameId = disputeManager.openGame(leaf, INPUT, LARGEST);
        _playTo(gameId, leaf.receipt, IReplayGame.Phase.Reveal, 5);
        skip(13 hours);
        _claimTimeout(gameId, leaf.receipt);
        _assertStatus(leaf, AnswerStatus.Overturned);
    }

    /* WITHOUT REPLAY */

    function test_RevertWhen_TheDeploymentIsNotSealedOrHasNoReplay() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        DisputeManager fresh = _unsealed();
        vm.expectRevert(IDisputeManager.ReplayUnavailable.selector);
        vm.prank(challenger);
        fresh.openGame(_bare(receipt), "", "");
        fresh.seal(address(0));
        vm.expectRevert(IDisputeManager.ReplayUnavailable.selector);
        vm.prank(challenger);
        fresh.openGame(_bare(receipt), "", "");
        vm.prank(replay);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, replay, address(0)));
        fresh.returnBond(1);
    }

    /* MONEY THAT IS NOT THERE */

    function test_RevertWhen_TheChallengerHasNoAllowance() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        token.transfer(stranger, 1_000e18);
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(disputeManager), 0, BOND)
        );
        _openGame(receipt, stranger);
        _assertNothing(receipt, stranger, AnswerStatus.Pending);
    }

    function test_RevertWhen_TheChallengerHasNotEnough() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        token.transfer(stranger, BOND - 1);
        vm.prank(stranger);
        token.approve(address(disputeManager), type(uint256).max);
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, stranger, BOND - 1, BOND)
        );
        _openGame(receipt, stranger);
        _assertNothing(receipt, stranger, AnswerStatus.Pending);
        // The number of the game that was none is given again.
        assertEq(_openGame(receipt), 1);
    }

    function test_ExactlyTheBondIsTaken() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        token.transfer(stranger, BOND);
        vm.prank(stranger);
        token.approve(address(disputeManager), BOND);
        _openGame(receipt, stranger);
        assertEq(token.balanceOf(stranger), 0);
        assertEq(token.allowance(stranger, address(disputeManager)), 0);
        assertEq(_credit(address(disputeManager)), BOND);
    }

    /* WHO ENDS A GAME */

    function testFuzz_RevertWhen_CallerIsNotReplay(address caller) external {
        vm.assume(caller != replay);
        CredenceReceipt memory receipt = _honestAnswer(1);
        _openGame(receipt);
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, caller, replay));
        disputeManager.forfeitBond(1, receipt);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, caller, replay));
        disputeManager.returnBond(1);
        vm.stopPrank();
        _assertBond(1, challenger, BOND);
    }

    /// @dev A bond is taken once, whatever it was taken for.
    function test_RevertWhen_TheGameHasNoBond() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        _openGame(receipt);
        _openGame(receipt, rival);
        vm.startPrank(replay);
        disputeManager.returnBond(1);
        _assertBond(1, address(0), 0);
        bytes memory reason = abi.encodeWithSelector(IDisputeManager.NoBond.selector, 1);
        vm.expectRevert(reason);
        disputeManager.returnBond(1);
        vm.expectRevert(reason);
        disputeManager.forfeitBond(1, receipt);
        disputeManager.forfeitBond(2, receipt);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NoBond.selector, 2));
        disputeManager.returnBond(2);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NoBond.selector, 3));
        disputeManager.returnBond(3);
        assertEq(_credit(address(disputeManager)), 0);
    }

    /* THE BOND */

    function test_BondAsDeployed() external view {
        assertEq(disputeManager.replayBond(), BOND);
        assertEq(disputeManager.GENESIS_REPLAY_BOND(), BOND);
    }

    function testFuzz_BondWithinItsBounds(uint96 bond) external {
        bond = uint96(bound(bond, 5e18, 500e18));
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.ReplayBondSet(bond);
        vm.prank(owner);
        disputeManager.setReplayBond(bond);
        assertEq(disputeManager.replayBond(), bond);
    }

    function testFuzz_RevertWhen_BondIsOutOfBounds(uint96 bond) external {
        vm.assume(bond < 5e18 || bond > 500e18);
        _expectOutOfBounds(bond);
        vm.prank(owner);
        disputeManager.setReplayBond(bond);
        assertEq(disputeManager.replayBond(), BOND);
    }

    /// @dev Of the genesis value, wherever the bond was moved meanwhile.
    function test_BoundsOfTheBond() external {
        uint96[3] memory outside = [uint96(0), 5e18 - 1, 500e18 + 1];
        uint96[2] memory inside = [uint96(5e18), 500e18];
        vm.startPrank(owner);
        for (uint256 i = 0; i < 2; ++i) {
            disputeManager.setReplayBond(inside[i]);
            for (uint256 k = 0; k < 3; ++k) {
                _expectOutOfBounds(outside[k]);
                disputeManager.setReplayBond(outside[k]);
            }
            assertEq(disputeManager.replayBond(), inside[i]);
        }
    }

    /// @dev A tenth is rounded up, and never nothing.
    function test_SmallBondsAtDeployment() external {
        DisputeManager fresh = _deployed(15);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.ReplayBondOutOfBounds.selector, 1, 2, 150));
        fresh.setReplayBond(1);
        fresh.setReplayBond(2);
        fresh.setReplayBond(150);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.ReplayBondOutOfBounds.selector, 0, 2, 150));
        fresh.setReplayBond(0);
        fresh = _deployed(1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.ReplayBondOutOfBounds.selector, 0, 1, 10));
        fresh.setReplayBond(0);
        _deployed(type(uint96).max).setReplayBond(type(uint96).max);
    }

    function test_RevertWhen_DeployedWithoutABond() external {
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.ReplayBondOutOfBounds.selector, 0, 1, 0));
        new DisputeManager(
            address(protocol.access),
            attestations,
            protocol.slashing,
            protocol.models,
            vault,
            court,
            1_000,
            0
        );
    }

    function test_RevertWhen_OthersSetTheBond() external {
        address[4] memory others = [guardian, stranger, replay, address(court)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]));
            vm.prank(others[i]);
            disputeManager.setReplayBond(60e18);
        }
    }

    /// @dev What was put down is what is lost or comes back.
    function test_RunningGamesKeepTheirBond() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        _publishRoots(receipt);
        _note();
        _openGame(receipt);
        vm.prank(owner);
        disputeManager.setReplayBond(500e18);
        _openGame(receipt, rival);
        _assertBond(1, challenger, 50e18);
        _assertBond(2, rival, 500e18);
        skip(13 hours);
        _claimTimeout(1, receipt);
        assertEq(_gain(operator), 25 * E);
        _claimTimeout(2, receipt);
        assertEq(_gain(operator), 275 * E);
        assertEq(_gain(challenger), -50 * E);
        assertEq(_gain(rival), -500 * E);
        _assertConserved();
    }

    /* HELPERS */

    function _lockedShort() private returns (Leaf memory leaf, bytes32 id) {
        CredenceReceipt memory receipt = _wideReceipt(1, SEVENTEEN, _honest(), _replayPolicy());
        leaf = _anchorOne(receipt);
        _leaveLockable(0);
        bytes memory signature = _signReceipt(receipt);
        vm.prank(stranger);
        id = attestations.anchorReceipt(receipt, signature, INPUT, LARGEST);
    }

    /// @dev Administered by the test: its calls are the governor's.
    function _deployed(uint96 bond) private returns (DisputeManager) {
        AccessManager access = new AccessManager(address(this));
        bytes memory arguments = abi.encode(
            access,
            attestations,
            protocol.slashing,
            protocol.models,
            vault,
            court,
            uint16(1_000),
            bond
        );
        return DisputeManager(deployCode("contracts/disputes/DisputeManager.sol:DisputeManager", arguments));
    }

    function _unsealed() private returns (DisputeManager) {
        return _deployed(uint96(BOND));
    }

    function _expectOutOfBounds(uint96 bond) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.ReplayBondOutOfBounds.selector, bond, 5e18, 500e18));
    }

    function _assertBond(uint256 gameId, address by, uint256 bond) private view {
        (address actual, uint256 amount) = disputeManager.bondOf(gameId);
        assertEq(actual, by);
        assertEq(amount, bond);
    }

    function _assertNothing(CredenceReceipt memory receipt, address account, AnswerStatus status) private view {
        assertEq(_gain(account), 0);
        assertEq(uint8(attestations.checkReceipt(receipt).status), uint8(status));
        assertEq(attestations.answer(_id(receipt)).openCases, 0);
        _assertBond(1, address(0), 0);
        _assertPhase(1, IReplayGame.Phase.None);
        _assertConserved();
    }
}
