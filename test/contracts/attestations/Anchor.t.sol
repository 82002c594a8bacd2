// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IntakePausable } from "../../../contracts/governance/IntakePausable.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { Batch, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract AnchorTest is AnswerTest {
    uint256 private constant SECP256K1_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    Batch private batch;

    function setUp() public override {
        super.setUp();
        (batch, ) = _batch(0, 5);
    }

    /* WHO */

    function test_OperatorAnchorsAndEveryLeafIsLocked() external {
        uint256 before = attestations.lockable(operator);
        bytes32 id = attestations.batchIdOf(batch);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.BatchAnchored({
            batchId: id,
            operator: operator,
            modelId: modelId,
            signerId: signerId,
            root: batch.root,
            count: 5,
            coverage: COVERAGE,
            anchorBy: batch.anchorBy,
            dataURI: "ipfs://batch"
        });
        vm.prank(operator);
        assertEq(attestations.anchor(batch, ""), id);
        (uint256 anchoredAt, uint256 lockEnd) = attestations.batch(id);
        assertEq(anchoredAt, block.timestamp);
        assertEq(lockEnd, block.timestamp + WINDOW);
        assertEq(_locked(), 5 * LOCK);
        assertEq(attestations.lockable(operator), before - 5 * LOCK);
    }

    function test_UnknownBatchReadsZeros() external view {
        (uint256 anchoredAt, uint256 lockEnd) = attestations.batch(attestations.batchIdOf(batch));
        assertEq(anchoredAt + lockEnd, 0);
    }

    function test_SignerAnchorsWithoutSignature() external {
        _anchorAs(signer, "");
        assertEq(_locked(), 5 * LOCK);
    }

    function test_AnybodyRelaysTheSignersSignature() external {
        _anchorAs(stranger, _signature(signerKey, attestations.batchIdOf(batch)));
        assertEq(_locked(), 5 * LOCK);
    }

    function test_RevertWhen_SignatureIsOfAnotherChain() external {
        vm.chainId(5);
        bytes32 digest = attestations.batchIdOf(batch);
        vm.chainId(31337);
        _expectInvalid(_signature(signerKey, digest));
    }

    function test_RevertWhen_SignatureIsOfAnotherContract() external {
        _expectInvalid(_signature(signerKey, _digest(address(protocol.operators), _structHash(batch))));
    }

    /// @dev Shows that the test above signs what it means to.
    function test_BatchIdIsTheDigestInTheDomain() external view {
        assertEq(attestations.batchIdOf(batch), _digest(address(attestations), _structHash(batch)));
    }

    function test_RevertWhen_SignatureIsOfAnotherBatch() external {
        Batch memory other = batch;
        other.dataURI = "ipfs://other";
        _expectInvalid(_signature(signerKey, attestations.batchIdOf(other)));
    }

    function test_RevertWhen_SignatureIsByAnotherKey() external {
        (address other, uint256 otherKey) = makeAddrAndKey("other");
        bytes32 id = attestations.batchIdOf(batch);
        _expectInvalid(_signature(otherKey, id));
        bytes memory signature = abi.encode(abi.encodePacked(other), _sign(otherKey, id));
        bytes32 otherId = keccak256(abi.encodePacked(other));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureOfOther.selector, otherId, signerId));
        _anchorAs(stranger, signature);
    }

    function test_RevertWhen_SIsHigh() external {
        bytes32 id = attestations.batchIdOf(batch);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKey, id);
        bytes memory high = abi.encodePacked(r, bytes32(SECP256K1_N - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectInvalid(abi.encode(abi.encodePacked(signer), high));
    }

    function test_RevertWhen_StrangerHasNoSignature() external {
        vm.expectRevert(IOperatorRegistry.SignatureMalformed.selector);
        _anchorAs(stranger, "");
    }

    function testFuzz_RevertWhen_SignatureIsGarbage(bytes calldata garbage) external {
        vm.prank(stranger);
        try attestations.anchor(batch, garbage) {
            fail();
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            assertTrue(
                selector == IOperatorRegistry.SignatureMalformed.selector ||
                    selector == IOperatorRegistry.SignatureOfOther.selector
            );
        }
    }

    function test_RevertWhen_SignerIsAnotherOperators() external {
        address other = makeAddr("other operator");
        _register(other, 10_000e18, 10_000e18);
        batch.operator = other;
        bytes memory expected = abi.encodeWithSelector(
            IOperatorRegistry.SignerOfOther.selector,
            signerId,
            operator,
            other
        );
        bytes memory signature = _signature(signerKey, attestations.batchIdOf(batch));
        vm.expectRevert(expected);
        _anchorAs(other, "");
        vm.expectRevert(expected);
        _anchorAs(signer, "");
        vm.expectRevert(expected);
        _anchorAs(stranger, signature);
    }

    function test_RevertWhen_KeyIsRevoked() external {
        vm.prank(operator);
        protocol.operators.revokeSigner(signerId);
        uint256 from = protocol.operators.signer(signerId).validFrom;
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorRegistry.SignerNotValid.selector,
                signerId,
                block.timestamp,
                from,
                block.timestamp
            )
        );
        _anchorAs(operator, "");
    }

    /* WHEN */

    function test_RevertWhen_HeaderWasAnchored() external {
        _anchorAs(operator, "");
        bytes memory expected = abi.encodeWithSelector(
            IAttestationRegistry.BatchExists.selector,
            attestations.batchIdOf(batch)
        );
        vm.expectRevert(expected);
        _anchorAs(operator, "");
        // Nor when its lock has run out.
        vm.warp(block.timestamp + WINDOW + 2 hours);
        vm.expectRevert(expected);
        _anchorAs(operator, "");
    }

    function test_AnchorByIsAheadByOneSecondToOneDay() external {
        uint256 start = block.timestamp;
        _expectAnchorBy(start);
        _expectAnchorBy(start + 1 days + 1);
        _expectAnchorBy(type(uint48).max);
        batch.anchorBy = uint48(start + 1);
        _anchorAs(operator, "");
        batch.anchorBy = uint48(start + 1 days);
        _anchorAs(operator, "");
        assertEq(_locked(), 10 * LOCK);
    }

    function test_RevertWhen_IntakeIsPaused() external {
        vm.prank(guardian);
        attestations.pause();
        uint256 until = block.timestamp + 72 hours;
        batch.anchorBy = uint48(until + 1);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IntakePausable.IntakePaused.selector, until));
        _anchorAs(operator, "");
        vm.warp(until);
        _anchorAs(operator, "");
    }

    function test_RevertWhen_OperatorIsJailedOrWasWithinADay() external {
        uint256 from = block.timestamp;
        uint256 until = from + 7 days;
        _jail(until);
        uint256[3] memory times = [from, until, until + 1 days - 1];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            batch.anchorBy = uint48(times[i] + 1 hours);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IOperatorRegistry.OperatorJailed.selector,
                    operator,
                    times[i],
                    from,
                    until + 1 days
                )
            );
            _anchorAs(operator, "");
        }
        vm.warp(until + 1 days);
        _anchorAs(operator, "");
    }

    function test_RevertWhen_OperatorRetired() external {
        vm.prank(operator);
        protocol.operators.retire();
        _expectLeft(IOperatorRegistry.OperatorStatus.Retired);
    }

    function test_RevertWhen_OperatorIsTombstoned() external {
        _tombstone();
        _expectLeft(IOperatorRegistry.OperatorStatus.Tombstoned);
    }

    function test_RevertWhen_OperatorIsUnknown() external {
        batch.operator = stranger;
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorRegistry.OperatorInStatus.selector,
                stranger,
                IOperatorRegistry.OperatorStatus.None,
                IOperatorRegistry.OperatorStatus.Active
            )
        );
        _anchorAs(stranger, "");
    }

    function test_OptingOutTakesADay() external {
        vm.prank(operator);
        protocol.vault.optOut(address(attestations));
        uint256 until = block.timestamp + 1 days;
        batch.anchorBy = uint48(until + 1 hours);
        batch.dataURI = "late";
        vm.warp(until);
        bytes memory expected = abi.encodeWithSelector(
            IStakeVault.NotOptedIn.selector,
            operator,
            address(attestations)
        );
        vm.expectRevert(expected);
        _anchorAs(operator, "");
        vm.warp(until - 1);
        batch.anchorBy = uint48(until);
        _anchorAs(operator, "");
    }

    /* HOW MUCH */

    function test_RevertWhen_CountIsOutOfRange() external {
        batch.count = 0;
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.CountOutOfRange.selector, 0, 1, 1 << 20));
        _anchorAs(operator, "");
        batch.count = (1 << 20) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.CountOutOfRange.selector, (1 << 20) + 1, 1, 1 << 20)
        );
        _anchorAs(operator, "");
    }

    function test_AMillionLeavesAreLocked() external {
        batch.count = 1 << 20;
        uint256 amount = (1 << 20) * LOCK;
        _stake(operator, 2 * amount);
        vm.prank(operator);
        protocol.operators.setExposureCap(uint96(amount));
        _anchorAs(operator, "");
        assertEq(_locked(), amount);
    }

    function test_RevertWhen_ExposureCapIsExceeded() external {
        vm.prank(operator);
        protocol.operators.setExposureCap(uint96(8 * LOCK - 1));
        vm.warp(block.timestamp + 1 days);
        (batch, ) = _batch(0, 7);
        _anchorAs(operator, "");
        (batch, ) = _batch(7, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.ExposureCapExceeded.selector, operator, 8 * LOCK, 8 * LOCK - 1)
        );
        _anchorAs(operator, "");
        vm.prank(operator);
        protocol.operators.setExposureCap(uint96(8 * LOCK));
        _anchorAs(operator, "");
        assertEq(_locked(), 8 * LOCK);
    }

    function test_RevertWhen_MoreThanNinetyPercentWouldBeLocked() external {
        // 90 % of 100,000, less the bond of 1,000, is 4,450 leaves.
        batch.count = 4_451;
        vm.expectRevert(
            abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, operator, 89_000e18, 4_451 * LOCK)
        );
        _anchorAs(operator, "");
        batch.count = 4_450;
        _anchorAs(operator, "");
        assertEq(_locked(), 89_000e18);
        assertEq(attestations.lockable(operator), 0);
    }

    function test_RevertWhen_CoverageIsBelowTheModels() external {
        batch.coverage = COVERAGE - 1;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CoverageTooLow.selector, COVERAGE - 1, COVERAGE));
        _anchorAs(operator, "");
    }

    function test_RevertWhen_ModelIsUnknown() external {
        batch.modelId = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, batch.modelId));
        _anchorAs(operator, "");
    }

    function test_RevertWhen_ModelIsDeprecated() external {
        vm.prank(publisher);
        protocol.models.deprecate(modelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelDeprecated.selector, modelId, block.timestamp));
        _anchorAs(operator, "");
    }

    function testFuzz_LocksCountTimesCoverageAndPenalty(uint16 penaltyBps, uint96 coverage, uint32 count) external {
        IModelRegistry.Policy memory policy = _policy();
        policy.penaltyBps = uint16(bound(penaltyBps, 5_000, 30_000));
        batch.modelId = _publishModel(policy);
        batch.coverage = uint96(bound(coverage, COVERAGE, 1_000e18));
        batch.count = uint32(bound(count, 1, 20));
        _anchorAs(operator, "");
        uint256 penalty = (uint256(batch.coverage) * policy.penaltyBps) / 10_000;
        if ((uint256(batch.coverage) * policy.penaltyBps) % 10_000 > 0) penalty += 1;
        assertEq(_locked(), batch.count * (batch.coverage + penalty));
    }

    /* WHAT HAS RUN OUT */

    function test_SweepFreesWhatHasRunOutFromTheNextFullHour() external {
        _anchorAs(operator, "");
        uint256 free = _nextHour(_lockEnd(batch));
        vm.warp(free - 1);
        assertEq(attestations.sweep(operator), 0);
        assertEq(attestations.lockable(operator), 89_000e18 - 5 * LOCK);
        vm.warp(free);
        // Views count it as free before anybody sweeps.
        assertEq(attestations.lockable(operator), 89_000e18);
        assertEq(_locked(), 5 * LOCK);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.LocksSwept(operator, 5 * LOCK);
        vm.prank(stranger);
        assertEq(attestations.sweep(operator), 5 * LOCK);
        assertEq(_locked(), 0);
        assertEq(attestations.sweep(operator), 0);
        assertEq(attestations.lockable(operator), 89_000e18);
    }

    function test_AnchoringFreesWhatHasRunOut() external {
        _anchorAs(operator, "");
        vm.warp(_nextHour(_lockEnd(batch)));
        (batch, ) = _batch(5, 3);
        _anchorAs(operator, "");
        assertEq(_locked(), 3 * LOCK);
    }

    /// @dev The new lock's hour has its bucket, so that nothing is swept in passing.
    function test_ExpiredLocksAreNotInTheWayOfStake() external {
        uint256 later = _fillWithExpiredLocks(4_449);
        assertEq(_locked(), 4_450 * LOCK);
        (batch, ) = _batch(100, 1);
        batch.count = 4_449;
        assertEq(_nextHour(block.timestamp + WINDOW), later);
        _anchorAs(operator, "");
        assertEq(_locked(), 4_450 * LOCK);
        assertEq(attestations.lockable(operator), 0);
    }

    function test_RevertWhen_StakeIsShortOfWhatHasNotExpired() external {
        _fillWithExpiredLocks(4_449);
        (batch, ) = _batch(100, 1);
        batch.count = 4_450;
        vm.expectRevert(
            abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, operator, 4_449 * LOCK, 4_450 * LOCK)
        );
        _anchorAs(operator, "");
        assertEq(_locked(), 4_450 * LOCK);
    }

    function test_ExpiredLocksAreNotInTheWayOfTheCap() external {
        _setCap(10 * LOCK);
        _fillWithExpiredLocks(9);
        (batch, ) = _batch(100, 9);
        _anchorAs(operator, "");
        assertEq(_locked(), 10 * LOCK);
    }

    function test_RevertWhen_CapIsShortOfWhatHasNotExpired() external {
        _setCap(10 * LOCK);
        _fillWithExpiredLocks(9);
        (batch, ) = _batch(100, 10);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.ExposureCapExceeded.selector, operator, 11 * LOCK, 10 * LOCK)
        );
        _anchorAs(operator, "");
        assertEq(_locked(), 10 * LOCK);
    }

    function test_OperatorGetsAllBackAfterItsWindows() external {
        _anchorAs(operator, "");
        _published(50);
        vm.startPrank(operator);
        protocol.operators.retire();
        protocol.vault.unstake(100_000e18);
        vm.warp(block.timestamp + 21 days);
        attestations.sweep(operator);
        protocol.operators.releaseBond(operator);
        assertEq(protocol.vault.withdraw(), 100_000e18);
        vm.stopPrank();
        assertEq(token.balanceOf(operator), 100_000e18);
    }

    /* HELPERS */

    /// @dev `count` leaves that have run out but were not swept, and one of another model whose bucket is the one that
    /// a batch anchored now goes to.
    function _fillWithExpiredLocks(uint32 count) private returns (uint256 otherFreeAt) {
        IModelRegistry.Policy memory policy = _policy();
        policy.challengeWindow = 5 hours;
        CredenceReceipt memory other = _receipt(99);
        other.modelId = _publishModel(policy);
        otherFreeAt = _nextHour(_lockEnd(_anchorOne(other).batch));
        (batch, ) = _batch(0, 1);
        batch.count = count;
        _anchorAs(operator, "");
        vm.warp(_nextHour(_lockEnd(batch)) + 1);
    }

    function _setCap(uint256 cap) private {
        vm.prank(operator);
        protocol.operators.setExposureCap(uint96(cap));
        vm.warp(block.timestamp + 1 days);
    }

    function _anchorAs(address caller, bytes memory signature) private {
        vm.prank(caller);
        attestations.anchor(batch, signature);
    }

    function _signature(uint256 secret, bytes32 digest) private view returns (bytes memory) {
        return abi.encode(abi.encodePacked(signer), _sign(secret, digest));
    }

    function _expectInvalid(bytes memory signature) private {
        bytes32 id = attestations.batchIdOf(batch);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, signerId, id));
        _anchorAs(stranger, signature);
    }

    function _expectAnchorBy(uint256 anchorBy) private {
        batch.anchorBy = uint48(anchorBy);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.AnchorByOutOfRange.selector,
                anchorBy,
                block.timestamp + 1,
                block.timestamp + 1 days
            )
        );
        _anchorAs(operator, "");
    }

    function _expectLeft(IOperatorRegistry.OperatorStatus actual) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorRegistry.OperatorInStatus.selector,
                operator,
                actual,
                IOperatorRegistry.OperatorStatus.Active
            )
        );
        _anchorAs(operator, "");
    }

    /// @dev Written from EIP-712, apart from the contract's.
    function _structHash(Batch memory b) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "Batch(address operator,bytes32 signerId,bytes32 modelId,bytes32 root,"
                        "uint32 count,uint96 coverage,uint48 anchorBy,string dataURI)"
                    ),
                    b.operator,
                    b.signerId,
                    b.modelId,
                    b.root,
                    b.count,
                    b.coverage,
                    b.anchorBy,
                    keccak256(bytes(b.dataURI))
                )
            );
    }
}
