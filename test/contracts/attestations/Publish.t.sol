// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract PublishTest is AnswerTest {
    Leaf private leaf;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 5);
        leaf = _leaf(batch, receipts, 3);
        id = _id(leaf.receipt);
    }

    function test_AnybodyPublishesAndTheWindowStarts() external {
        vm.warp(block.timestamp + 1 hours);
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerPublished({
            receiptId: id,
            operator: operator,
            modelId: modelId,
            batchId: batchId,
            receipt: leaf.receipt,
            request: REQUEST,
            output: OUTPUT,
            locked: LOCK,
            finalAt: block.timestamp + WINDOW
        });
        assertEq(_publish(leaf), id);
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(a.publishedAt, block.timestamp);
        assertEq(a.finalAt, block.timestamp + WINDOW);
        assertEq(a.locked, LOCK);
        assertEq(uint8(a.state), uint8(IAttestationRegistry.LockState.InBucket));
        assertEq(a.openCases, 0);
        assertEq(a.methods, Methods.SEEN);
        assertFalse(a.undecided || a.anchoredAlone || a.merged || a.dishonoured);
        assertEq(_locked(), 5 * LOCK);
    }

    function test_UnknownAnswerReadsZeros() external view {
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(a.publishedAt + a.finalAt + a.locked + a.openCases, 0);
        assertEq(uint8(a.state), uint8(IAttestationRegistry.LockState.None));
    }

    /// @dev The leaf's lock moves from the end of the batch's lock to the end of the answer's own window.
    function test_LockMovesToTheEndOfTheNewWindow() external {
        uint256 batchFree = _nextHour(_lockEnd(leaf.batch));
        vm.warp(block.timestamp + WINDOW - 1);
        _publish(leaf);
        uint256 answerFree = _nextHour(block.timestamp + WINDOW);
        vm.warp(batchFree);
        assertEq(attestations.sweep(operator), 4 * LOCK);
        vm.warp(answerFree - 1);
        assertEq(attestations.sweep(operator), 0);
        vm.warp(answerFree);
        assertEq(attestations.sweep(operator), LOCK);
        assertEq(_locked(), 0);
    }

    function test_RevertWhen_TheBatchLockIsOver() external {
        uint256 lockEnd = _lockEnd(leaf.batch);
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.warp(lockEnd);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchLockOver.selector, batchId, lockEnd, lockEnd));
        _publish(leaf);
        vm.warp(lockEnd - 1);
        _publish(leaf);
    }

    function test_RevertWhen_TheBatchIsUnknown() external {
        leaf.batch.dataURI = "ipfs://other";
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchUnknown.selector, batchId));
        _publish(leaf);
    }

    function test_RevertWhen_PublishedTwice() external {
        _publish(leaf);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerExists.selector, id));
        _publish(leaf);
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerExists.selector, id));
        _publish(leaf);
    }

    function test_RevertWhen_PublishedAtAnotherPosition() external {
        CredenceReceipt[] memory twins = new CredenceReceipt[](2);
        twins[0] = leaf.receipt;
        twins[1] = leaf.receipt;
        Batch memory batch = _batchOf(twins);
        vm.prank(operator);
        attestations.anchor(batch, "");
        Leaf memory other = _leaf(batch, twins, 1);
        _publish(_leaf(batch, twins, 0));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerExists.selector, id));
        _publish(other);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerExists.selector, id));
        _publish(leaf);
        // Whatever position is shown, the answer is the same.
        _assertConfidence(attestations.check(other), attestations.checkReceipt(leaf.receipt));
        _assertConfidence(attestations.check(leaf), attestations.checkReceipt(leaf.receipt));
    }

    function test_RevertWhen_BytesAreNotTheReceipts() external {
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.RequestMismatch.selector, keccak256(OUTPUT), keccak256(REQUEST))
        );
        attestations.publish(leaf, OUTPUT, OUTPUT);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.OutputMismatch.selector, keccak256(""), keccak256(OUTPUT))
        );
        attestations.publish(leaf, REQUEST, "");
    }

    function test_ShownBytesAreBounded() external {
        bytes memory request = new bytes(16_384 - OUTPUT.length);
        bytes memory longer = new bytes(request.length + 1);
        CredenceReceipt[] memory receipts = new CredenceReceipt[](2);
        (receipts[0], receipts[1]) = (_receipt(50), _receipt(51));
        (receipts[0].inputHash, receipts[1].inputHash) = (keccak256(request), keccak256(longer));
        Batch memory batch = _batchOf(receipts);
        vm.prank(operator);
        attestations.anchor(batch, "");
        Leaf memory tooLong = _leaf(batch, receipts, 1);
        attestations.publish(_leaf(batch, receipts, 0), request, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.ShownTooLong.selector, 16_385, 16_384));
        attestations.publish(tooLong, longer, OUTPUT);
    }

    function testFuzz_PublishesExactlyWhatHashes(bytes calldata request, bytes calldata output) external {
        CredenceReceipt memory receipt = _receipt(60);
        (receipt.inputHash, receipt.outputHash) = (keccak256(request), keccak256(output));
        Leaf memory own = _anchorOne(receipt);
        attestations.publish(own, request, output);
        _assertStatus(receipt, AnswerStatus.Pending);
    }

    function test_DeprecationAfterAnchoringDoesNotMatter() external {
        vm.prank(publisher);
        protocol.models.deprecate(modelId);
        vm.prank(guardian);
        attestations.pause();
        _jail(block.timestamp + 7 days);
        _publish(leaf);
        _assertStatus(leaf, AnswerStatus.Pending);
    }

    /* PRIVATE INPUT */

    function test_PrivateInputShowsNothingAndIsNotSeen() external {
        CredenceReceipt memory receipt = _privateReceipt();
        Leaf memory own = _anchorOne(receipt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.ShownTooLong.selector, 1, 0));
        attestations.publish(own, "", hex"00");
        attestations.publish(own, "", "");
        Confidence memory c = attestations.check(own);
        assertEq(uint8(c.status), uint8(AnswerStatus.Pending));
        assertEq(c.methods, 0);
        assertEq(c.payableNow, COVERAGE);
    }

    function test_RevertWhen_PrivateInputHasNoBeneficiary() external {
        CredenceReceipt memory receipt = _privateReceipt();
        receipt.beneficiary = address(0);
        Leaf memory own = _anchorOne(receipt);
        _assertStatus(own, AnswerStatus.Unknown);
        bytes memory expected = abi.encodeWithSelector(
            IAttestationRegistry.ReceiptVoid.selector,
            _id(receipt),
            IAttestationRegistry.LeafFault.Beneficiary,
            0,
            1
        );
        vm.expectRevert(expected);
        attestations.publish(own, "", "");
        bytes memory signature = _signReceipt(receipt);
        vm.expectRevert(expected);
        attestations.anchorReceipt(receipt, signature, "", "");
    }

    function _privateReceipt() private returns (CredenceReceipt memory receipt) {
        IModelRegistry.Policy memory policy = _policy();
        policy.privateInput = true;
        receipt = _receipt(70);
        receipt.modelId = _publishModel(policy);
    }
}
