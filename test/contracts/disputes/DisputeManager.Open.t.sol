// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { DisputeTest } from "../../setup/DisputeTest.sol";

/// @notice Who can open a case on what, and what it costs.
contract DisputeManagerOpenTest is DisputeTest {
    uint256 private constant BOND = 183e18;
    uint256 private constant FEE = 45e18;

    /* WHAT CAN BE CONTESTED */

    function test_PublishedAnswerNeedsItsReceiptOnly() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        bytes32 id = _id(receipt);
        _note();
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerHeld(id, 1);
        vm.expectEmit(address(court));
        emit ICourt.Evidence(address(court), uint256(id), opener, "ipfs://evidence");
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.CaseOpened(id, operator, opener, BOND, FEE);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.Dispute(address(court), uint256(id), uint256(judgedModelId), uint256(id));
        assertEq(_open(receipt), id);
        _assertStatus(receipt, AnswerStatus.Contested);
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
        assertEq(_gain(opener), -int256(BOND + FEE));
        assertEq(token.balanceOf(opener), 10_000e18 - BOND - FEE);
        assertEq(_credit(address(disputeManager)), BOND);
        assertEq(_credit(address(court)), FEE);
    }

    function test_UnpublishedLeafIsPublishedByTheCall() external {
        Leaf memory leaf = _anchorOne(_judged(1));
        skip(1 hours);
        vm.prank(opener);
        bytes32 id = disputeManager.open(leaf, REQUEST, OUTPUT, "");
        assertEq(attestations.answer(id).publishedAt, block.timestamp);
        _assertStatus(leaf, AnswerStatus.Contested);
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
        assertEq(attestations.answer(id).locked, JUDGED_LOCK);
    }

    function test_PublicationByAnotherDoesNoHarm() external {
        Leaf memory leaf = _anchorOne(_judged(1));
        _publish(leaf);
        vm.prank(opener);
        bytes32 id = disputeManager.open(leaf, REQUEST, OUTPUT, "");
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
    }

    /// @dev What the caller shows is not looked at where the answer stands on chain already.
    function test_ShownIsIgnoredOfAPublishedAnswer() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        vm.prank(opener);
        bytes32 id = disputeManager.open(_bare(receipt), "another request", "another output", "");
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
    }

    function test_RevertWhen_WhatIsShownIsNotTheAnswer() external {
        Leaf memory leaf = _anchorOne(_judged(1));
        _note();
        vm.prank(opener);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.OutputMismatch.selector,
                keccak256("another output"),
                keccak256(OUTPUT)
            )
        );
        disputeManager.open(leaf, REQUEST, "another output", "");
        assertEq(_gain(opener), 0);
    }

    function test_ShortLockIsMadeWholeByALeaf() external {
        (Leaf memory leaf, bytes32 id) = _lockedShort();
        assertEq(attestations.answer(id).locked, 0);
        vm.prank(opener);
        disputeManager.open(leaf, "", "", "");
        assertTrue(attestations.answer(id).merged);
        assertEq(attestations.answer(id).locked, JUDGED_LOCK);
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
    }

    function test_LeafThatDoesNotFitDoesNotStopTheCase() external {
        (Leaf memory leaf, bytes32 id) = _lockedShort();
        leaf.proof = new bytes32[](7);
        vm.prank(opener);
        disputeManager.open(leaf, "", "", "");
        assertFalse(attestations.answer(id).merged);
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
        _assertStatus(leaf.receipt, AnswerStatus.Contested);
    }

    function test_AnswerMergedBeforeIsNotMergedAgain() external {
        (Leaf memory leaf, bytes32 id) = _lockedShort();
        attestations.merge(leaf);
        vm.prank(opener);
        disputeManager.open(leaf, "", "", "");
        _assertCase(id, opener, BOND, IDisputeManager.CaseState.Open);
    }

    function test_PrivateInputIsContestedByItsBeneficiaryOnly() external {
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.privateInput = true;
        CredenceReceipt memory receipt = _judged(1);
        receipt.modelId = _publishJudged(policy);
        Leaf memory leaf = _anchorOne(receipt);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotBeneficiary.selector, opener, beneficiary));
        vm.prank(opener);
        disputeManager.open(leaf, "", "", "");
        _approve(beneficiary);
        vm.prank(beneficiary);
        bytes32 id = disputeManager.open(leaf, "", "", "");
        _assertCase(id, beneficiary, BOND, IDisputeManager.CaseState.Open);
    }

    function test_RevertWhen_TokenHoldersCannotBeAsked() external {
        CredenceReceipt memory receipt = _published(1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.GroundNotAllowed.selector, modelId, 1, 2));
        _open(receipt);
    }

    function test_RevertWhen_TheAnswerHasACase() external {
        (CredenceReceipt memory receipt, bytes32 id) = _openNew(1);
        _expectKnown(id, IDisputeManager.CaseState.Open);
        _open(receipt, outsider);
        _voteAll(id, NOT_AT_FAULT);
        _settle(receipt, id);
        _expectKnown(id, IDisputeManager.CaseState.Settled);
        _open(receipt, outsider);
    }

    function test_RevertWhen_TheTimeToContestIsOver() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        uint256 finalAt = attestations.answer(_id(receipt)).finalAt;
        vm.warp(finalAt);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, _id(receipt), finalAt, finalAt)
        );
        _open(receipt);
        vm.warp(finalAt - 1);
        assertEq(_open(receipt), _id(receipt));
    }

    function test_RevertWhen_TheAnswerWasOverturned() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        _prove(receipt);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                _id(receipt),
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        _open(receipt);
    }

    /* NEVER PAUSED */

    function test_TheGuardianStopsNoCase() external {
        Leaf memory leaf = _anchorOne(_judged(1));
        CredenceReceipt memory receipt = _judgedAnswer(2);
        vm.startPrank(guardian);
        protocol.operators.pause();
        protocol.models.pause();
        protocol.attestations.pause();
        vm.stopPrank();
        vm.prank(opener);
        bytes32 id = disputeManager.open(leaf, REQUEST, OUTPUT, "");
        _open(receipt);
        _voteAll(id, NOT_AT_FAULT);
        _appeal(id, Ruling.Overturned, outsider);
        _voteAll(id, AT_FAULT);
        _settle(leaf.receipt, id);
        _assertStatus(leaf, AnswerStatus.Overturned);
    }

    /* THE PRICE */

    function test_BondIsAtLeastTheSecondFee() external {
        // 10 % of 800 are 80.
        _assertCost(JUDGED_COVERAGE, STANDARD, BOND, FEE);
    }

    function test_BondIsAtMostTwentyFirstFees() external {
        _assertCost(1_000_000e18, STANDARD, 900e18, FEE);
        _assertCost(1_000_000e18, FAST, 42e18, 2.1e18);
    }

    function test_BondIsTheShareInBetween() external {
        _assertCost(2_000e18, STANDARD, 400e18, FEE);
        // Rounded up, against the opener: a tenth of 2 * 2,000e18 + 2 units.
        _assertCost(2_000e18 + 1, STANDARD, 400e18 + 1, FEE);
    }

    function testFuzz_BondIsClamped(uint96 coverage, uint16 bps) external {
        bps = uint16(bound(bps, 100, 5_000));
        vm.prank(owner);
        disputeManager.setBondBps(bps);
        uint256 locked = 2 * uint256(coverage);
        uint256 share = (locked * bps) / 10_000 + ((locked * bps) % 10_000 == 0 ? 0 : 1);
        if (share > 900e18) share = 900e18;
        if (share < BOND) share = BOND;
        _assertCost(coverage, STANDARD, share, FEE);
    }

    /// @dev The view tells what opening takes.
    function testFuzz_OpeningTakesWhatTheViewTells(uint96 coverage) external {
        CredenceReceipt memory receipt = _judged(1);
        receipt.coverage = uint96(bound(coverage, JUDGED_COVERAGE, 40_000e18));
        _publish(_anchorOne(receipt));
        (uint256 bond, uint256 fee) = disputeManager.openingCost(receipt);
        _note();
        bytes32 id = _open(receipt);
        assertEq(_gain(opener), -int256(bond + fee));
        assertEq(disputeManager.caseOf(id).bond, bond);
        assertEq(_credit(address(court)), fee);
    }

    function test_RevertWhen_TheOpenerHasNoAllowance() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        token.transfer(stranger, 1_000e18);
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(disputeManager),
                0,
                BOND + FEE
            )
        );
        _open(receipt, stranger);
        _assertNothingHappened(receipt, stranger);
    }

    function test_RevertWhen_TheOpenerHasNotEnough() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        token.transfer(stranger, BOND + FEE - 1);
        vm.prank(stranger);
        token.approve(address(disputeManager), type(uint256).max);
        _note();
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, stranger, BOND + FEE - 1, BOND + FEE)
        );
        _open(receipt, stranger);
        _assertNothingHappened(receipt, stranger);
    }

    /// @dev An allowance to the DisputeManager is spent by its owner's own calls only.
    function test_NobodySpendsAnothersAllowance() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        _note();
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotVault.selector, stranger, address(vault)));
        vm.prank(stranger);
        disputeManager.onDeposit(opener, 1);
        // The vault asks its caller only, and a stranger has nothing to answer with.
        vm.prank(stranger);
        vm.expectRevert();
        vault.deposit(opener, 1);
        assertEq(_gain(opener), 0);
        _open(receipt);
        assertEq(_gain(outsider), 0);
    }

    /* HELPERS */

    /// @dev An answer that was anchored alone while nothing was left to lock, and the leaf of it that is locked.
    function _lockedShort() private returns (Leaf memory leaf, bytes32 id) {
        CredenceReceipt memory receipt = _judged(1);
        leaf = _anchorOne(receipt);
        _leaveLockable(0);
        id = _anchorAlone(receipt);
    }

    function _expectKnown(bytes32 id, IDisputeManager.CaseState state) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeManager.CaseInState.selector, id, state, IDisputeManager.CaseState.None)
        );
    }

    function _assertNothingHappened(CredenceReceipt memory receipt, address account) private view {
        assertEq(_gain(account), 0);
        _assertStatus(receipt, AnswerStatus.Pending);
        _assertPhase(_id(receipt), ICourt.Phase.None);
        _assertCase(_id(receipt), address(0), 0, IDisputeManager.CaseState.None);
        _assertConserved();
    }

    function _assertCost(uint96 coverage, uint16 config, uint256 bond, uint256 fee) private {
        CredenceReceipt memory receipt = _judged(1);
        receipt.coverage = coverage;
        if (config != STANDARD) {
            IModelRegistry.Policy memory policy = _judgedPolicy();
            policy.courtConfig = config;
            receipt.modelId = _publishJudged(policy);
        }
        (uint256 actualBond, uint256 actualFee) = disputeManager.openingCost(receipt);
        assertEq(actualBond, bond, "bond");
        assertEq(actualFee, fee, "fee");
    }

    function _assertCase(bytes32 id, address by, uint256 bond, IDisputeManager.CaseState state) private view {
        IDisputeManager.CaseView memory c = disputeManager.caseOf(id);
        assertEq(c.opener, by);
        assertEq(c.bond, bond);
        assertEq(uint8(c.state), uint8(state));
    }
}
