// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

/// @notice Why a leaf is void or not in its batch: each is told, reads Unknown, is not published and is no signature.
contract LeafFaultsTest is AnswerTest {
    CredenceReceipt private receipt;
    uint256 private start;

    function setUp() public override {
        super.setUp();
        receipt = _receipt(0);
        start = block.timestamp;
    }

    /* AGAINST THE HEADER */

    function test_OperatorDiffers() external {
        Leaf memory leaf = _anchorOne(receipt);
        leaf.receipt.operator = stranger;
        _assertFault(leaf, IAttestationRegistry.LeafFault.Operator, uint160(stranger), uint160(operator));
    }

    function test_SignerDiffers() external {
        Leaf memory leaf = _anchorOne(receipt);
        leaf.receipt.signerId = bytes32(uint256(1));
        _assertFault(leaf, IAttestationRegistry.LeafFault.Signer, 1, uint256(signerId));
    }

    function test_ModelDiffers() external {
        Leaf memory leaf = _anchorOne(receipt);
        leaf.receipt.modelId = bytes32(uint256(1));
        _assertFault(leaf, IAttestationRegistry.LeafFault.Model, 1, uint256(modelId));
    }

    function test_CoverageDiffers() external {
        Leaf memory leaf = _anchorOne(receipt);
        leaf.receipt.coverage = COVERAGE + 1;
        _assertFault(leaf, IAttestationRegistry.LeafFault.Coverage, COVERAGE + 1, COVERAGE);
    }

    /* THE RECEIPT ITSELF, in the tree of its batch */

    function test_JobIsZero() external {
        receipt.jobId = 0;
        _assertFault(_anchorOne(receipt), IAttestationRegistry.LeafFault.Job, 0, 1);
    }

    function test_IssuedMoreThanADayBeforeAnchoring() external {
        receipt.issuedAt = uint48(start - 1 days - 1);
        receipt.anchorBy = uint48(start + 1);
        _assertFault(
            _anchorOne(receipt),
            IAttestationRegistry.LeafFault.IssuedTooEarly,
            start - 1 days - 1,
            start - 1 days
        );
    }

    function test_IssuedAfterAnchoring() external {
        receipt.issuedAt = uint48(start + 1);
        _assertFault(_anchorOne(receipt), IAttestationRegistry.LeafFault.IssuedAfterAnchoring, start + 1, start);
    }

    function test_AnchorByIsNotAfterAnchoring() external {
        receipt.anchorBy = uint48(start);
        _assertFault(_anchorOne(receipt), IAttestationRegistry.LeafFault.AnchorBy, start, start);
    }

    function test_AnchorByIsMoreThanADayAfterIssue() external {
        receipt.anchorBy = uint48(start + 1 days + 1);
        _assertFault(
            _anchorOne(receipt),
            IAttestationRegistry.LeafFault.AnchorByTooLate,
            start + 1 days + 1,
            start + 1 days
        );
    }

    function test_TheLastSecondsOfEachAreGood() external {
        receipt.issuedAt = uint48(start - 1 days + 1);
        receipt.anchorBy = uint48(start + 1); // a day after issue, a second after anchoring
        _assertGood(_anchorOne(receipt));
        receipt.issuedAt = uint48(start);
        receipt.anchorBy = uint48(start + 1 days);
        _assertGood(_anchorOne(receipt));
    }

    /// @dev A receipt of exactly a day ago is over by its anchorBy, not by its age.
    function test_ADayOldIsNotTooEarly() external {
        receipt.issuedAt = uint48(start - 1 days);
        receipt.anchorBy = uint48(start);
        _assertFault(_anchorOne(receipt), IAttestationRegistry.LeafFault.AnchorBy, start, start);
    }

    /* THE PLACE */

    function test_IndexIsNotBelowTheCount() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 5);
        Leaf memory leaf = _leaf(batch, receipts, 4);
        leaf.index = 5;
        _assertFault(leaf, IAttestationRegistry.LeafFault.Index, 5, 5);
        leaf.index = type(uint32).max;
        _assertFault(leaf, IAttestationRegistry.LeafFault.Index, type(uint32).max, 5);
    }

    function test_ProofHasAnotherLength() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 5);
        Leaf memory leaf = _leaf(batch, receipts, 4);
        leaf.proof = new bytes32[](2);
        _assertFault(leaf, IAttestationRegistry.LeafFault.ProofLength, 2, 3);
        leaf.proof = new bytes32[](4);
        _assertFault(leaf, IAttestationRegistry.LeafFault.ProofLength, 4, 3);
    }

    function test_TheDepthIsTheCeilingOfTheLogarithm() external {
        _stake(operator, 1e26);
        vm.prank(operator);
        protocol.operators.setExposureCap(type(uint96).max);
        uint32[8] memory counts = [uint32(1), 2, 3, 4, 5, 1 << 19, (1 << 19) + 1, 1 << 20];
        uint8[8] memory depths = [0, 1, 2, 2, 3, 19, 20, 20];
        (Batch memory batch, ) = _batch(0, 1);
        Leaf memory leaf = _bare(receipt);
        leaf.proof = new bytes32[](21);
        for (uint256 i = 0; i < counts.length; ++i) {
            batch.count = counts[i];
            vm.prank(operator);
            attestations.anchor(batch, "");
            leaf.batch = batch;
            _assertFault(leaf, IAttestationRegistry.LeafFault.ProofLength, 21, depths[i]);
        }
    }

    function test_RootDiffers() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 2);
        Leaf memory leaf = _leaf(batch, receipts, 1);
        leaf.index = 0;
        bytes32 computed = keccak256(abi.encode(_id(receipts[1]), _id(receipts[0])));
        _assertFault(leaf, IAttestationRegistry.LeafFault.Root, uint256(computed), uint256(batch.root));
    }

    function test_EveryLeafOfEveryCountIsGood() external {
        for (uint32 count = 1; count <= 20; ++count) {
            (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(100 * count, count);
            for (uint32 i = 0; i < count; ++i) _assertGood(_leaf(batch, receipts, i));
        }
    }

    /// @dev A root over more leaves than were paid for does not verify for any of the surplus.
    function test_MoreLeavesThanCountAreNotInTheBatch() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _batch(0, 8);
        batch.count = 5;
        vm.prank(operator);
        attestations.anchor(batch, "");
        assertEq(_locked(), 5 * LOCK);
        for (uint32 i = 0; i < 5; ++i) _assertGood(_leaf(batch, receipts, i));
        for (uint32 i = 5; i < 8; ++i) {
            _assertFault(_leaf(batch, receipts, i), IAttestationRegistry.LeafFault.Index, i, 5);
        }
        // With half the count the proofs are a word too long as well.
        batch.count = 4;
        vm.prank(operator);
        attestations.anchor(batch, "");
        _assertFault(_leaf(batch, receipts, 0), IAttestationRegistry.LeafFault.ProofLength, 3, 2);
    }

    /// @dev An inner node at a shorter depth would be a leaf of a batch with a smaller count: count is in the header,
    /// so that is another batch, which has to be paid for. Here the root itself is shown as the leaf of a batch of 1.
    function test_ABatchOfOneDoesNotHoldTheLeavesOfItsRoot() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _batch(0, 2);
        batch.count = 1;
        vm.prank(operator);
        attestations.anchor(batch, "");
        Leaf memory leaf = _leaf(batch, receipts, 0);
        _assertFault(leaf, IAttestationRegistry.LeafFault.ProofLength, 1, 0);
        leaf.proof = new bytes32[](0);
        _assertFault(leaf, IAttestationRegistry.LeafFault.Root, uint256(_id(receipts[0])), uint256(batch.root));
    }

    /// @dev Second preimage: the siblings of an inner node do not make a receipt out of it.
    function test_NoReceiptIsAnInnerNode() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 4);
        Leaf memory leaf = _leaf(batch, receipts, 0);
        bytes32[] memory shorter = new bytes32[](1);
        shorter[0] = leaf.proof[1];
        leaf.proof = shorter;
        _assertFault(leaf, IAttestationRegistry.LeafFault.ProofLength, 1, 2);
    }

    function test_RevertWhen_FaultOfAnUnknownBatchIsAsked() external {
        Leaf memory leaf = _bare(receipt);
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchUnknown.selector, batchId));
        attestations.faultOf(leaf);
    }

    /* SIGNED */

    function test_SignedBySignature() external view {
        attestations.requireSigned(_bare(receipt), _signReceipt(receipt));
    }

    function test_SignedAsALeafForever() external {
        Leaf memory leaf = _anchorOne(receipt);
        attestations.requireSigned(leaf, "");
        vm.warp(start + 365 days);
        attestations.requireSigned(leaf, "");
    }

    function test_SignedAsAPublishedAnswer() external {
        _publish(_anchorOne(receipt));
        attestations.requireSigned(_bare(receipt), "");
    }

    function test_RevertWhen_NothingShowsASignature() external {
        Leaf memory leaf = _bare(receipt);
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchUnknown.selector, batchId));
        attestations.requireSigned(leaf, "");
    }

    /// @dev A signature that is given must hold, even for a leaf that would do without.
    function test_RevertWhen_TheSignatureGivenIsWrong() external {
        Leaf memory leaf = _anchorOne(receipt);
        (, uint256 otherKey) = makeAddrAndKey("other");
        bytes32 id = _id(receipt);
        bytes memory signature = abi.encode(abi.encodePacked(signer), _sign(otherKey, id));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, signerId, id));
        attestations.requireSigned(leaf, signature);
    }

    function test_SignedIfTheKeyWasValidAtIssue() external {
        bytes memory signature = _signReceipt(receipt);
        vm.warp(start + 1);
        vm.prank(operator);
        protocol.operators.reportCompromise(signerId, 0);
        attestations.requireSigned(_bare(receipt), signature);
        receipt.issuedAt = uint48(start + 1);
        bytes memory late = _signReceipt(receipt);
        Leaf memory leaf = _bare(receipt);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, signerId, start + 1, start, start + 1)
        );
        attestations.requireSigned(leaf, late);
    }

    /* HELPERS */

    function _assertGood(Leaf memory leaf) private view {
        (IAttestationRegistry.LeafFault fault, uint256 actual, uint256 expected) = attestations.faultOf(leaf);
        assertEq(uint8(fault), uint8(IAttestationRegistry.LeafFault.None));
        assertEq(actual, 0);
        assertEq(expected, 0);
        attestations.requireSigned(leaf, "");
        _assertStatus(leaf, AnswerStatus.Pending);
    }

    function _assertFault(
        Leaf memory leaf,
        IAttestationRegistry.LeafFault fault,
        uint256 actual,
        uint256 expected
    ) private {
        (IAttestationRegistry.LeafFault toldFault, uint256 toldActual, uint256 toldExpected) = attestations.faultOf(
            leaf
        );
        assertEq(uint8(toldFault), uint8(fault), "fault");
        assertEq(toldActual, actual, "actual");
        assertEq(toldExpected, expected, "expected");
        _assertStatus(leaf, AnswerStatus.Unknown);
        bytes memory reason = abi.encodeWithSelector(
            IAttestationRegistry.ReceiptVoid.selector,
            _id(leaf.receipt),
            fault,
            actual,
            expected
        );
        vm.expectRevert(reason);
        attestations.publish(leaf, REQUEST, OUTPUT);
        vm.expectRevert(reason);
        attestations.requireSigned(leaf, "");
    }
}
