// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IProofVerifier } from "../../../contracts/models/IProofVerifier.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { Methods } from "../../../contracts/types/Confidence.sol";
import { Batch, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

/// @notice While all three registries are paused everything but new business goes on: leaving, claiming, what an
/// operator needs to honour what it has signed, publishing, contesting, ruling, governing.
contract IntakePausableExitsTest is ProtocolTest {
    address private immutable VERIFIER = makeAddr("proof verifier");

    function setUp() public override {
        super.setUp();
        _setUpOperator();
    }

    /* THE VAULT */

    function test_StakeGoesInAndOutWhilePaused() external {
        _stake(stranger, 1_000e18);
        vm.prank(stranger);
        protocol.vault.unstake(400e18);
        vm.warp(block.timestamp + 21 days);
        _pauseAll();

        _stake(stranger, 500e18);
        token.approve(address(protocol.vault), 10e18);
        protocol.vault.stakeFor(stranger, 10e18);
        vm.startPrank(stranger);
        assertEq(protocol.vault.withdraw(), 400e18);
        protocol.vault.enroll();
        protocol.vault.unenroll();
        protocol.vault.optIn(address(protocol.attestations));
        protocol.vault.optOut(address(protocol.attestations));
        protocol.vault.unstake(1_110e18);
        assertEq(protocol.vault.account(stranger).unbonding, 1_110e18);
        assertEq(protocol.vault.account(stranger).active, 0);
    }

    function test_CreditIsClaimedWhilePaused() external {
        (, CredenceReceipt[] memory receipts) = _publishFirst();
        _seize(receipts[0]);
        _pauseAll();
        assertEq(protocol.vault.claim(beneficiary), COVERAGE);
        assertEq(token.balanceOf(beneficiary), COVERAGE);
    }

    function test_ModulesAreAnnouncedAndActivatedWhilePaused() external {
        vm.prank(owner);
        protocol.vault.announceModule(stranger);
        vm.warp(block.timestamp + 35 days);
        _pauseAll();
        protocol.vault.activateModule(stranger);
        vm.startPrank(owner);
        protocol.vault.removeModule(stranger);
        protocol.vault.announceModule(beneficiary);
    }

    /* OPERATORS */

    function test_OperatorsLookAfterTheirKeysAndCapsWhilePaused() external {
        vm.prank(operator);
        protocol.operators.host(modelId);
        _pauseAll();
        (address second, uint256 secondKey) = makeAddrAndKey("second signer");
        _addSigner(operator, second, secondKey);
        bytes32 secondId = keccak256(abi.encodePacked(second));
        assertEq(protocol.operators.signer(secondId).operator, operator);

        vm.startPrank(operator);
        protocol.operators.revokeSigner(secondId);
        assertEq(protocol.operators.signer(secondId).validUntil, block.timestamp);
        protocol.operators.reportCompromise(signerId, uint48(block.timestamp));
        assertEq(protocol.operators.signer(signerId).reportedAt, block.timestamp);
        protocol.operators.setExposureCap(200_000e18);
        assertEq(protocol.operators.exposureCap(operator), 200_000e18);
        protocol.operators.setMetadata("https://elsewhere.example");
        protocol.operators.unhost(modelId);
        assertFalse(protocol.operators.hosts(operator, modelId));
    }

    function test_OperatorsRetireWhilePaused() external {
        _pauseAll();
        vm.prank(operator);
        protocol.operators.retire();
        assertEq(uint8(protocol.operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Retired));
    }

    function test_BondIsReleasedWhilePaused() external {
        vm.prank(operator);
        protocol.operators.retire();
        vm.warp(block.timestamp + 21 days);
        _pauseAll();
        protocol.operators.releaseBond(operator);
        assertEq(protocol.operators.bondOf(operator), 0);
    }

    function test_BondIsRestoredWhilePaused() external {
        CredenceReceipt memory receipt = _promiseTooMuch();
        vm.warp(block.timestamp + 13 hours);
        protocol.slashing.slashDishonoured(receipt);
        _stake(operator, 10_000e18);
        _pauseAll();
        vm.prank(operator);
        protocol.operators.restoreBond();
        assertEq(protocol.operators.bondOf(operator), 1_000e18);
    }

    function test_ModelIsDeprecatedWhilePaused() external {
        _pauseAll();
        vm.prank(publisher);
        protocol.models.deprecate(modelId);
        assertEq(protocol.models.terms(modelId).deprecatedAt, block.timestamp);
    }

    function test_ParametersAreSetWhilePaused() external {
        _pauseAll();
        vm.startPrank(owner);
        protocol.operators.setMinOperatorStake(2_000e18);
        protocol.operators.addVerifier(VERIFIER);
        protocol.models.setProtocolMinCoverage(20e18);
        assertEq(protocol.operators.minOperatorStake(), 2_000e18);
        assertTrue(protocol.operators.isVerifier(VERIFIER));
        assertEq(protocol.models.protocolMinCoverage(), 20e18);
    }

    /* ANSWERS */

    function test_AnswerIsPublishedWhilePaused() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 3);
        _pauseAll();
        protocol.attestations.publish(_leaf(batch, receipts, 2), REQUEST, OUTPUT);
        assertEq(_answer(receipts[2]).publishedAt, block.timestamp);
    }

    function test_ReceiptIsAnchoredWhilePaused() external {
        CredenceReceipt memory receipt = _receipt(1);
        _pauseAll();
        vm.prank(beneficiary);
        protocol.attestations.anchorReceipt(receipt, _signReceipt(receipt), REQUEST, OUTPUT);
        assertEq(_answer(receipt).locked, LOCK);
    }

    function test_ReceiptIsMergedWhilePaused() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 3);
        protocol.attestations.anchorReceipt(receipts[1], _signReceipt(receipts[1]), REQUEST, OUTPUT);
        assertEq(_leafLocks(), 4 * LOCK);
        _pauseAll();
        protocol.attestations.merge(_leaf(batch, receipts, 1));
        assertEq(_leafLocks(), 3 * LOCK);
        assertTrue(_answer(receipts[1]).merged);
    }

    function test_PromiseIsHonouredWhilePaused() external {
        CredenceReceipt memory receipt = _promiseTooMuch();
        assertEq(_answer(receipt).locked, 0);
        _pauseAll();
        _stake(operator, 10_000e18);
        protocol.attestations.honour(receipt);
        assertEq(_answer(receipt).locked, LOCK);
    }

    function test_ProofIsRecordedWhilePaused() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.proofVerifier = VERIFIER;
        modelId = _publishModel(policy);
        (, CredenceReceipt[] memory receipts) = _publishFirst();
        vm.mockCall(VERIFIER, abi.encodeWithSelector(IProofVerifier.verify.selector), abi.encode(true));
        _pauseAll();
        protocol.attestations.prove(receipts[0], "proof");
        assertEq(_answer(receipts[0]).methods, Methods.SEEN | Methods.PROVEN);
    }

    function test_ExpiredLocksAreSweptWhilePaused() external {
        _anchor(0, 3);
        vm.warp(block.timestamp + WINDOW + 1 hours);
        _pauseAll();
        assertEq(protocol.attestations.sweep(operator), 3 * LOCK);
        assertEq(_leafLocks(), 0);
    }

    /* CASES AND FAULTS */

    function test_CasesOpenAndEndWhilePaused() external {
        (, CredenceReceipt[] memory receipts) = _publishFirst();
        _pauseAll();
        vm.startPrank(disputes);
        protocol.attestations.hold(receipts[0]);
        assertEq(_answer(receipts[0]).openCases, 1);
        protocol.attestations.release(receipts[0], IAttestationRegistry.CaseEnd.Upheld);
        assertEq(_answer(receipts[0]).openCases, 0);
        vm.stopPrank();

        uint256 taken = _seize(receipts[0]);
        assertEq(taken, LOCK);
        vm.prank(disputes);
        protocol.slashing.recordRuling(receipts[0], ISlashingRegistry.Offence.FalseAnswer, taken);
        assertEq(protocol.slashing.history(operator, ISlashingRegistry.Offence.FalseAnswer).taken, LOCK);
        assertEq(protocol.vault.account(beneficiary).credit, COVERAGE);
    }

    function test_EquivocationIsSlashedWhilePaused() external {
        CredenceReceipt memory first = _receipt(1);
        CredenceReceipt memory second = _receipt(1);
        second.outputHash = keccak256("another answer");
        (bytes memory signature, bytes memory secondSignature) = (_signReceipt(first), _signReceipt(second));
        _pauseAll();
        vm.prank(stranger);
        protocol.slashing.slashEquivocation(_bare(first), signature, _bare(second), secondSignature);
        assertEq(protocol.vault.account(stranger).credit, 500e18);
        assertEq(uint8(protocol.operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Tombstoned));
    }

    function test_BrokenPromiseIsSlashedWhilePaused() external {
        CredenceReceipt memory receipt = _promiseTooMuch();
        _pauseAll();
        vm.warp(block.timestamp + 13 hours);
        assertEq(protocol.slashing.slashDishonoured(receipt), 2 * COVERAGE);
        assertEq(protocol.vault.account(beneficiary).credit, COVERAGE);
    }

    /* INTERNAL */

    function _pauseAll() private {
        vm.startPrank(guardian);
        protocol.operators.pause();
        protocol.models.pause();
        protocol.attestations.pause();
        vm.stopPrank();
        uint256 until = block.timestamp + 72 hours;
        assertEq(protocol.operators.pausedUntil(), until);
        assertEq(protocol.models.pausedUntil(), until);
        assertEq(protocol.attestations.pausedUntil(), until);
    }

    function _publishFirst() private returns (Batch memory batch, CredenceReceipt[] memory receipts) {
        (batch, receipts) = _anchor(0, 3);
        protocol.attestations.publish(_leaf(batch, receipts, 0), REQUEST, OUTPUT);
    }

    /// @dev All stake but the bond has left: the receipt that is anchored then locks nothing.
    function _promiseTooMuch() private returns (CredenceReceipt memory receipt) {
        vm.prank(operator);
        protocol.vault.unstake(100_000e18);
        vm.warp(block.timestamp + 21 days);
        vm.prank(operator);
        assertEq(protocol.vault.withdraw(), 99_000e18);
        receipt = _receipt(1);
        protocol.attestations.anchorReceipt(receipt, _signReceipt(receipt), REQUEST, OUTPUT);
    }

    /// @dev As the DisputeManager: coverage to the beneficiary, the rest to the reserve.
    function _seize(CredenceReceipt memory receipt) private returns (uint256) {
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (beneficiary, COVERAGE);
        vm.prank(disputes);
        return protocol.attestations.seize(receipt, recipients, amounts);
    }

    function _answer(CredenceReceipt memory receipt) private view returns (IAttestationRegistry.AnswerView memory) {
        return protocol.attestations.answer(protocol.attestations.receiptIdOf(receipt));
    }

    function _leafLocks() private view returns (uint256) {
        return protocol.vault.lockedBy(address(protocol.attestations), operator);
    }
}
