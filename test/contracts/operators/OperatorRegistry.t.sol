// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import { IntakePausable } from "../../../contracts/governance/IntakePausable.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { OperatorRegistry } from "../../../contracts/operators/OperatorRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

/// @notice The registry by its interface: an operator with 1,000 locked as bond and 100,000 staked.
abstract contract OperatorTest is ProtocolTest {
    uint256 internal constant BOND = 1_000e18;
    uint256 internal constant OPEN_ENDED = type(uint40).max;
    /// @dev Order of the curve P-256.
    uint256 internal constant P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;

    OperatorRegistry internal registry;
    IStakeVault internal vault;
    address internal slashing;

    function setUp() public virtual override {
        super.setUp();
        registry = protocol.operators;
        vault = protocol.vault;
        slashing = address(protocol.slashing);
    }

    function _jail(uint256 until, bool untilRestored) internal {
        vm.prank(slashing);
        registry.jail(operator, until, untilRestored);
    }

    function _seizeBond(uint256 amount) internal returns (uint256) {
        vm.prank(slashing);
        return registry.seizeBond(operator, amount, new address[](0), new uint256[](0));
    }

    function _assertStatus(IOperatorRegistry.OperatorStatus expected) internal view {
        assertEq(uint8(registry.status(operator)), uint8(expected));
        assertEq(uint8(registry.operator(operator).status), uint8(expected));
    }

    function _expectInStatus(
        address account,
        IOperatorRegistry.OperatorStatus actual,
        IOperatorRegistry.OperatorStatus expected
    ) internal {
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorInStatus.selector, account, actual, expected));
    }
}

contract OperatorRegistryTest is OperatorTest {
    /* REGISTERING */

    function test_RegisterLocksTheBond() external {
        _stake(operator, 1_112e18);
        vm.startPrank(operator);
        vault.optIn(address(registry));
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.OperatorRegistered(operator, "https://operator.example", 7e18, BOND);
        registry.register("https://operator.example", 7e18);
        vm.stopPrank();

        assertEq(registry.bondOf(operator), BOND);
        assertEq(vault.lockedBy(address(registry), operator), BOND);
        assertEq(vault.account(operator).locked, BOND);
        assertEq(registry.exposureCap(operator), 7e18);
        IOperatorRegistry.OperatorView memory o = registry.operator(operator);
        assertEq(uint8(o.status), uint8(IOperatorRegistry.OperatorStatus.Active));
        assertEq(o.jailedFrom + o.jailedUntil + o.retiredAt + o.tombstonedAt + o.nonce, 0);
    }

    function testFuzz_BondFitsIntoNineTenthsOfTheStake(uint256 staked) external {
        staked = bound(staked, 1, 2_000e18);
        _stake(operator, staked);
        vm.startPrank(operator);
        vault.optIn(address(registry));
        uint256 lockable = (staked * 9) / 10;
        if (lockable < BOND) {
            vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, operator, lockable, BOND));
        }
        registry.register("", 0);
        assertEq(registry.bondOf(operator), lockable < BOND ? 0 : BOND);
    }

    function test_RevertWhen_StakeIs1111() external {
        _stake(operator, 1_111e18);
        vm.startPrank(operator);
        vault.optIn(address(registry));
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, operator, 999.9e18, BOND));
        registry.register("", 0);
    }

    function test_RevertWhen_NotOptedIn() external {
        _stake(operator, 1_112e18);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, operator, address(registry)));
        registry.register("", 0);
    }

    function test_RevertWhen_RegisteredTwice() external {
        _setUpOperator();
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorExists.selector, operator));
        registry.register("", 0);
        registry.retire();
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorExists.selector, operator));
        registry.register("", 0);
    }

    function test_RevertWhen_IntakeIsPaused() external {
        vm.prank(guardian);
        registry.pause();
        uint256 until = block.timestamp + 72 hours;
        _stake(operator, 2_000e18);
        vm.startPrank(operator);
        vault.optIn(address(registry));
        vm.expectRevert(abi.encodeWithSelector(IntakePausable.IntakePaused.selector, until));
        registry.register("", 0);
        vm.expectRevert(abi.encodeWithSelector(IntakePausable.IntakePaused.selector, until));
        registry.host(modelId);
        vm.warp(until);
        registry.register("", 0);
        registry.host(modelId);
    }

    /// @dev What an operator needs to honour what it has signed, and its exits.
    function test_PauseBlocksNothingButRegisterAndHost() external {
        _setUpOperator();
        vm.prank(operator);
        registry.host(modelId);
        vm.prank(guardian);
        registry.pause();
        (address key, uint256 secret) = makeAddrAndKey("second");
        _addSigner(operator, key, secret);
        _jail(block.timestamp, true);
        vm.startPrank(operator);
        registry.unhost(modelId);
        registry.setMetadata("");
        registry.setExposureCap(1);
        registry.revokeSigner(signerId);
        registry.reportCompromise(signerId, 0);
        registry.restoreBond();
        registry.retire();
        skip(21 days);
        registry.releaseBond(operator);
        assertEq(registry.bondOf(operator), 0);
    }

    /* METADATA AND MODELS */

    function test_SetMetadata() external {
        _setUpOperator();
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.MetadataSet(operator, "ipfs://new");
        registry.setMetadata("ipfs://new");
    }

    function test_HostAndUnhost() external {
        _setUpOperator();
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.HostedAlready.selector, modelId, false));
        registry.unhost(modelId);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.ModelHosted(operator, modelId);
        registry.host(modelId);
        assertTrue(registry.hosts(operator, modelId));
        assertFalse(registry.hosts(stranger, modelId));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.HostedAlready.selector, modelId, true));
        registry.host(modelId);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.ModelUnhosted(operator, modelId);
        registry.unhost(modelId);
        assertFalse(registry.hosts(operator, modelId));
    }

    function test_RevertWhen_CallerIsNoOperator() external {
        IOperatorRegistry.OperatorStatus none = IOperatorRegistry.OperatorStatus.None;
        IOperatorRegistry.OperatorStatus active = IOperatorRegistry.OperatorStatus.Active;
        assertEq(uint8(registry.status(stranger)), uint8(none));
        vm.startPrank(stranger);
        _expectInStatus(stranger, none, active);
        registry.setMetadata("");
        _expectInStatus(stranger, none, active);
        registry.setExposureCap(1);
        _expectInStatus(stranger, none, active);
        registry.host(modelId);
        _expectInStatus(stranger, none, active);
        registry.retire();
        _expectInStatus(stranger, none, active);
        registry.restoreBond();
        _expectInStatus(stranger, none, active);
        registry.addSigner(abi.encodePacked(signer), 0, uint48(block.timestamp), "");
        _expectInStatus(stranger, none, IOperatorRegistry.OperatorStatus.Retired);
        registry.releaseBond(stranger);
        _expectInStatus(stranger, none, active);
        registry.requireActive(stranger, signerId);
        _expectInStatus(stranger, none, active);
        registry.requireStanding(stranger, block.timestamp);
    }

    /* EXPOSURE CAP */

    function test_RaisingTheCapWorksAtOnce() external {
        _setUpOperator();
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.ExposureCapSet(operator, 200_000e18, block.timestamp);
        registry.setExposureCap(200_000e18);
        assertEq(registry.exposureCap(operator), 200_000e18);
    }

    function test_LoweringTheCapTakesADay() external {
        _setUpOperator();
        uint256 effectiveAt = block.timestamp + 1 days;
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.ExposureCapSet(operator, 5e18, effectiveAt);
        registry.setExposureCap(5e18);
        assertEq(registry.exposureCap(operator), 100_000e18);
        vm.warp(effectiveAt - 1);
        assertEq(registry.exposureCap(operator), 100_000e18);
        assertEq(registry.requireActive(operator, signerId), 100_000e18);
        vm.warp(effectiveAt);
        assertEq(registry.exposureCap(operator), 5e18);
        assertEq(registry.requireActive(operator, signerId), 5e18);
    }

    function test_RaisingCancelsAPendingLowering() external {
        _setUpOperator();
        vm.startPrank(operator);
        registry.setExposureCap(5e18);
        skip(12 hours);
        registry.setExposureCap(100_000e18);
        skip(1 days);
        assertEq(registry.exposureCap(operator), 100_000e18);
    }

    function test_LoweringAgainStartsTheDayAnew() external {
        _setUpOperator();
        vm.startPrank(operator);
        registry.setExposureCap(5e18);
        skip(12 hours);
        registry.setExposureCap(4e18);
        skip(1 days - 1);
        assertEq(registry.exposureCap(operator), 100_000e18);
        skip(1);
        assertEq(registry.exposureCap(operator), 4e18);
        registry.setExposureCap(5e18);
        assertEq(registry.exposureCap(operator), 5e18);
    }

    function test_RevertWhen_OtherThanAttestationRegistryLowersCap() external {
        _setUpOperator();
        address expected = address(protocol.attestations);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.NotAttestationRegistry.selector, operator, expected));
        registry.lowerCap(operator, 1);
    }

    function test_CapSetAnewForgetsSeizures() external {
        _setUpOperator();
        _lowerCap(30_000e18);
        assertEq(registry.exposureCap(operator), 70_000e18);
        vm.startPrank(operator);
        // Not lower than what is left: at once.
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.ExposureCapSet(operator, 70_000e18, block.timestamp);
        registry.setExposureCap(70_000e18);
        assertEq(registry.exposureCap(operator), 70_000e18);
        registry.setExposureCap(100_000e18);
        assertEq(registry.exposureCap(operator), 100_000e18);
    }

    function test_SeizuresBeyondTheCapLeaveNothing() external {
        _setUpOperator();
        _lowerCap(100_000e18 + 1);
        assertEq(registry.exposureCap(operator), 0);
    }

    /// @dev Whatever the order of lowering and seizure, a seizure lowers what is in force and never raises what comes.
    function testFuzz_SeizureAroundAPendingLowering(uint96 cap, uint96 lower, uint96 taken, uint256 delay) external {
        cap = uint96(bound(cap, 1, type(uint96).max));
        lower = uint96(bound(lower, 0, cap - 1));
        delay = bound(delay, 0, 2 days);
        _register(operator, 2_000e18, cap);
        vm.prank(operator);
        registry.setExposureCap(lower);
        uint256 effectiveAt = block.timestamp + 1 days;
        skip(delay);
        _lowerCap(taken);
        uint256 left = cap > taken ? cap - taken : 0;
        if (delay < 1 days) {
            assertEq(registry.exposureCap(operator), left);
            vm.warp(effectiveAt);
            assertEq(registry.exposureCap(operator), left < lower ? left : lower);
        } else {
            assertEq(registry.exposureCap(operator), lower > taken ? lower - taken : 0);
        }
    }

    /* RETIRING */

    function test_RetireFreesTheBondOneUnbondingPeriodLater() external {
        _setUpOperator();
        uint256 readyAt = block.timestamp + 21 days;
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.OperatorRetired(operator, readyAt);
        registry.retire();
        _assertStatus(IOperatorRegistry.OperatorStatus.Retired);
        assertEq(registry.operator(operator).retiredAt, block.timestamp);

        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.BondNotFree.selector, operator, readyAt - 1, readyAt));
        registry.releaseBond(operator);
        vm.warp(readyAt);
        vm.prank(stranger);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.BondReleased(operator, BOND);
        registry.releaseBond(operator);
        assertEq(registry.bondOf(operator), 0);
        assertEq(vault.account(operator).locked, 0);
    }

    function test_RevertWhen_BondOfAnActiveOperatorIsReleased() external {
        _setUpOperator();
        skip(100 days);
        _expectInStatus(operator, IOperatorRegistry.OperatorStatus.Active, IOperatorRegistry.OperatorStatus.Retired);
        registry.releaseBond(operator);
    }

    function test_RevertWhen_RetiredOperatorGoesOn() external {
        _setUpOperator();
        IOperatorRegistry.OperatorStatus retired = IOperatorRegistry.OperatorStatus.Retired;
        IOperatorRegistry.OperatorStatus active = IOperatorRegistry.OperatorStatus.Active;
        vm.startPrank(operator);
        registry.retire();
        _expectInStatus(operator, retired, active);
        registry.retire();
        _expectInStatus(operator, retired, active);
        registry.host(modelId);
        _expectInStatus(operator, retired, active);
        registry.restoreBond();
        _expectInStatus(operator, retired, active);
        registry.addSigner(abi.encodePacked(stranger), 0, uint48(block.timestamp), "");
        _expectInStatus(operator, retired, active);
        registry.requireActive(operator, signerId);
    }

    /* SLASHING REGISTRY */

    function test_RevertWhen_OtherThanSlashingRegistryPunishes() external {
        _setUpOperator();
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.NotSlashingRegistry.selector, owner, slashing));
        registry.jail(operator, block.timestamp + 1, false);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.NotSlashingRegistry.selector, owner, slashing));
        registry.tombstone(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.NotSlashingRegistry.selector, owner, slashing));
        registry.seizeBond(operator, 1, new address[](0), new uint256[](0));
    }

    function test_JailLastsADayBeyondItsTerm() external {
        _setUpOperator();
        uint256 from = block.timestamp;
        uint256 end = from + 8 days;
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.OperatorJailedUntil(operator, from, end);
        _jail(from + 7 days, false);
        _assertStatus(IOperatorRegistry.OperatorStatus.Jailed);
        assertEq(registry.operator(operator).jailedFrom, from);
        assertEq(registry.operator(operator).jailedUntil, end);

        vm.warp(end - 1);
        _assertStatus(IOperatorRegistry.OperatorStatus.Jailed);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.OperatorJailed.selector, operator, end - 1, from, end)
        );
        registry.requireActive(operator, signerId);
        vm.warp(end);
        _assertStatus(IOperatorRegistry.OperatorStatus.Active);
        assertEq(registry.requireActive(operator, signerId), 100_000e18);
    }

    function test_JailInsideAJailKeepsItsBeginning() external {
        _setUpOperator();
        uint256 from = block.timestamp;
        _jail(from + 7 days, false);
        vm.warp(from + 8 days - 1);
        _jail(block.timestamp + 7 days, false);
        assertEq(registry.operator(operator).jailedFrom, from);
        assertEq(registry.operator(operator).jailedUntil, from + 16 days - 1);
        vm.warp(from + 16 days - 1);
        _jail(block.timestamp + 7 days, false);
        assertEq(registry.operator(operator).jailedFrom, block.timestamp);
    }

    function test_ShorterTermDoesNotShortenAJail() external {
        _setUpOperator();
        uint256 from = block.timestamp;
        _jail(from + 14 days, false);
        skip(1 days);
        _jail(block.timestamp + 7 days, false);
        assertEq(registry.operator(operator).jailedUntil, from + 15 days);
    }

    function test_JailedOperatorLooksAfterWhatItSigned() external {
        _setUpOperator();
        _jail(block.timestamp + 7 days, false);
        (address key, uint256 secret) = makeAddrAndKey("second");
        _addSigner(operator, key, secret);
        vm.startPrank(operator);
        registry.host(modelId);
        registry.setExposureCap(type(uint96).max);
        registry.retire();
    }

    function test_StatusPrecedence() external {
        _setUpOperator();
        _jail(block.timestamp + 7 days, false);
        vm.prank(operator);
        registry.retire();
        _assertStatus(IOperatorRegistry.OperatorStatus.Retired);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.OperatorTombstoned(operator);
        vm.prank(slashing);
        registry.tombstone(operator);
        _assertStatus(IOperatorRegistry.OperatorStatus.Tombstoned);
        uint256 tombstonedAt = block.timestamp;
        skip(1 days);
        vm.prank(slashing);
        registry.tombstone(operator);
        assertEq(registry.operator(operator).tombstonedAt, tombstonedAt);
    }

    function test_RevertWhen_TombstonedOperatorGoesOn() external {
        _setUpOperator();
        _jail(block.timestamp, true);
        vm.prank(slashing);
        registry.tombstone(operator);
        IOperatorRegistry.OperatorStatus tombstoned = IOperatorRegistry.OperatorStatus.Tombstoned;
        vm.startPrank(operator);
        _expectInStatus(operator, tombstoned, IOperatorRegistry.OperatorStatus.Active);
        registry.restoreBond();
        _expectInStatus(operator, tombstoned, IOperatorRegistry.OperatorStatus.Active);
        registry.retire();
        _expectInStatus(operator, tombstoned, IOperatorRegistry.OperatorStatus.Active);
        registry.requireActive(operator, signerId);
    }

    function test_SeizeBondTakesNoMoreThanTheBond() external {
        _setUpOperator();
        address[] memory recipients = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (recipients[0], recipients[1]) = (beneficiary, stranger);
        (amounts[0], amounts[1]) = (900e18, 200e18);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.BondSeized(operator, BOND);
        vm.prank(slashing);
        assertEq(registry.seizeBond(operator, BOND + 1, recipients, amounts), BOND);
        assertEq(registry.bondOf(operator), 0);
        assertEq(vault.account(operator).active, 99_000e18);
        assertEq(vault.account(beneficiary).credit, 900e18);
        assertEq(vault.account(stranger).credit, 100e18);
        assertEq(vault.account(RESERVE).credit, 0);
        assertEq(_seizeBond(1), 0);
    }

    /* RESTORING THE BOND */

    function testFuzz_RestoreLocksExactlyWhatWasSeized(uint256 first, uint256 second) external {
        _setUpOperator();
        uint256 taken = _seizeBond(bound(first, 0, 2 * BOND));
        taken += _seizeBond(bound(second, 0, 2 * BOND));
        _jail(block.timestamp + 14 days, true);
        assertEq(registry.bondOf(operator), BOND - taken);
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.BondRestored(operator, taken);
        registry.restoreBond();
        assertEq(registry.bondOf(operator), BOND);
    }

    function test_RestoringAgainLocksWhatTheSecondSeizureTook() external {
        _setUpOperator();
        _seizeBond(300e18);
        _jail(block.timestamp, true);
        vm.prank(operator);
        registry.restoreBond();
        _seizeBond(200e18);
        _jail(block.timestamp, true);
        vm.prank(operator);
        registry.restoreBond();
        assertEq(registry.bondOf(operator), BOND);
    }

    function test_JailUntilRestoredHasNoEnd() external {
        _setUpOperator();
        uint256 from = block.timestamp;
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.OperatorJailedUntil(operator, from, OPEN_ENDED);
        _jail(from + 14 days, true);
        assertEq(registry.operator(operator).jailedUntil, OPEN_ENDED);
        skip(100 days);
        _assertStatus(IOperatorRegistry.OperatorStatus.Jailed);
        vm.prank(operator);
        registry.restoreBond();
        // The day after the restoring belongs to the jail.
        assertEq(registry.operator(operator).jailedUntil, from + 101 days);
        assertEq(registry.operator(operator).jailedFrom, from);
        vm.warp(from + 101 days - 1);
        _assertStatus(IOperatorRegistry.OperatorStatus.Jailed);
        vm.warp(from + 101 days);
        _assertStatus(IOperatorRegistry.OperatorStatus.Active);
    }

    function test_RestoringEarlyKeepsTheTerm() external {
        _setUpOperator();
        uint256 from = block.timestamp;
        _jail(from + 14 days, true);
        skip(1 days);
        vm.prank(operator);
        registry.restoreBond();
        assertEq(registry.operator(operator).jailedUntil, from + 15 days);
    }

    function test_RevertWhen_BondIsWhole() external {
        _setUpOperator();
        _jail(block.timestamp + 7 days, false);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.BondWhole.selector, operator));
        registry.restoreBond();
        vm.stopPrank();
        _seizeBond(1);
        _jail(block.timestamp, true);
        vm.startPrank(operator);
        registry.restoreBond();
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.BondWhole.selector, operator));
        registry.restoreBond();
    }

    function test_RevertWhen_StakeCannotRestoreTheBond() external {
        _register(operator, 1_112e18, 0);
        _seizeBond(300e18);
        _jail(block.timestamp, true);
        // 812 are left, 730.8 of which can be locked, and 700 are.
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, operator, 30.8e18, 300e18));
        registry.restoreBond();
        _stake(operator, 300e18);
        vm.prank(operator);
        registry.restoreBond();
        assertEq(registry.bondOf(operator), BOND);
    }

    /* STANDING */

    function test_StandingBeforeWithinAndAfterAJail() external {
        _setUpOperator();
        uint256 from = block.timestamp;
        uint256 end = from + 8 days;
        _jail(from + 7 days, false);
        registry.requireStanding(operator, from - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorJailed.selector, operator, from, from, end));
        registry.requireStanding(operator, from);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.OperatorJailed.selector, operator, end - 1, from, end)
        );
        registry.requireStanding(operator, end - 1);
        registry.requireStanding(operator, end);
    }

    function test_StandingEndsWithRetirement() external {
        _setUpOperator();
        uint256 time = block.timestamp;
        vm.prank(operator);
        registry.retire();
        registry.requireStanding(operator, time - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorLeft.selector, operator, time, time));
        registry.requireStanding(operator, time);
    }

    function test_StandingEndsWithTheTombstone() external {
        _setUpOperator();
        uint256 time = block.timestamp;
        vm.prank(slashing);
        registry.tombstone(operator);
        registry.requireStanding(operator, time - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorLeft.selector, operator, time, time));
        registry.requireStanding(operator, time);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.OperatorLeft.selector, operator, time + 9, time));
        registry.requireStanding(operator, time + 9);
    }

    /* GOVERNANCE */

    function test_SetMinOperatorStakeBindsOperatorsToCome() external {
        _setUpOperator();
        vm.prank(owner);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.MinOperatorStakeSet(2_000e18);
        registry.setMinOperatorStake(2_000e18);
        assertEq(registry.minOperatorStake(), 2_000e18);
        assertEq(registry.bondOf(operator), BOND);
        _register(stranger, 10_000e18, 0);
        assertEq(registry.bondOf(stranger), 2_000e18);
    }

    function test_RevertWhen_MinOperatorStakeIsBelowATenthOrAboveTenTimes() external {
        uint96[2] memory outside = [uint96(100e18 - 1), 10_000e18 + 1];
        for (uint256 i = 0; i < outside.length; ++i) {
            vm.prank(owner);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IOperatorRegistry.ParameterOutOfBounds.selector,
                    outside[i],
                    uint256(100e18),
                    uint256(10_000e18)
                )
            );
            registry.setMinOperatorStake(outside[i]);
        }
    }

    function test_BoundsOfMinOperatorStakeAreInside() external {
        vm.startPrank(owner);
        registry.setMinOperatorStake(100e18);
        registry.setMinOperatorStake(10_000e18);
        assertEq(registry.GENESIS_MIN_OPERATOR_STAKE(), BOND);
    }

    function test_AddVerifier() external {
        vm.startPrank(owner);
        assertFalse(registry.isVerifier(stranger));
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.VerifierAdded(stranger);
        registry.addVerifier(stranger);
        assertTrue(registry.isVerifier(stranger));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.VerifierListed.selector, stranger));
        registry.addVerifier(stranger);
        vm.expectRevert(IOperatorRegistry.ZeroAddress.selector);
        registry.addVerifier(address(0));
    }

    function test_RevertWhen_StrangerGoverns() external {
        bytes memory unauthorised = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unauthorised);
        registry.addVerifier(stranger);
        vm.expectRevert(unauthorised);
        registry.setMinOperatorStake(100e18);
        vm.expectRevert(unauthorised);
        registry.seal(stranger, stranger);
        vm.expectRevert(unauthorised);
        registry.pause();
    }

    function test_SealIsFixed() external {
        assertEq(registry.slashingRegistry(), slashing);
        assertEq(registry.attestationRegistry(), address(protocol.attestations));
        vm.prank(owner);
        vm.expectRevert(IOperatorRegistry.AlreadySealed.selector);
        registry.seal(stranger, stranger);
    }

    function test_RevertWhen_SealedWithZero() external {
        OperatorRegistry fresh = new OperatorRegistry(address(protocol.access), vault, 1, new address[](0));
        vm.startPrank(owner);
        vm.expectRevert(IOperatorRegistry.ZeroAddress.selector);
        fresh.seal(address(0), stranger);
        vm.expectRevert(IOperatorRegistry.ZeroAddress.selector);
        fresh.seal(stranger, address(0));
        fresh.seal(stranger, owner);
        assertEq(fresh.slashingRegistry(), stranger);
        assertEq(fresh.attestationRegistry(), owner);
    }

    function test_RevertWhen_DeployedWithoutABond() external {
        uint256 maximum = type(uint96).max;
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.ParameterOutOfBounds.selector, 0, 1, maximum));
        new OperatorRegistry(address(protocol.access), vault, 0, new address[](0));
    }

    function _lowerCap(uint256 amount) private {
        vm.prank(address(protocol.attestations));
        registry.lowerCap(operator, amount);
    }
}

/// @notice Keys: possession, validity, revocation, reports, signatures.
contract SignersTest is OperatorTest {
    bytes32 private constant DIGEST = keccak256("answer");

    address private key;
    uint256 private secret;
    bytes private keyBytes;
    bytes32 private keyId;
    uint48 private deadline;

    function setUp() public override {
        super.setUp();
        _setUpOperator();
        (key, secret) = makeAddrAndKey("key");
        keyBytes = abi.encodePacked(key);
        keyId = keccak256(keyBytes);
        deadline = uint48(block.timestamp + 1 hours);
    }

    /* ADDING */

    function test_AddEoaSigner() external {
        assertEq(registry.operator(operator).nonce, 1);
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.SignerAdded(operator, keyId, keyBytes, block.timestamp);
        registry.addSigner(keyBytes, 0, deadline, proof);
        assertEq(registry.operator(operator).nonce, 2);
        IOperatorRegistry.SignerView memory s = registry.signer(keyId);
        assertEq(s.operator, operator);
        assertEq(s.validFrom, block.timestamp);
        assertEq(s.validUntil, OPEN_ENDED);
        assertEq(s.compromisedSince + s.reportedAt, 0);
    }

    function testFuzz_AddP256Signer(uint256 p256Secret) external {
        p256Secret = bound(p256Secret, 1, P256_N - 1);
        (bytes memory p256Key, bytes32 id) = _addP256(p256Secret);
        assertEq(registry.signer(id).operator, operator);
        bytes memory raw = _signP256(p256Secret, DIGEST);
        registry.requireSigned(operator, id, block.timestamp, DIGEST, abi.encode(p256Key, raw));
        assertEq(registry.requireActiveSigned(operator, id, DIGEST, abi.encode(p256Key, raw)), 100_000e18);
    }

    function test_RevertWhen_P256SignatureIsHighSOrOfOtherKey() external {
        (bytes memory p256Key, bytes32 id) = _addP256(7);
        (bytes32 r, bytes32 s) = vm.signP256(7, DIGEST);
        uint256 low = uint256(s) > P256_N / 2 ? P256_N - uint256(s) : uint256(s);
        bytes memory invalid = abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, id, DIGEST);
        vm.expectRevert(invalid);
        this.requireSigned(id, abi.encode(p256Key, abi.encode(r, P256_N - low)));
        vm.expectRevert(invalid);
        this.requireSigned(id, abi.encode(p256Key, _signP256(8, DIGEST)));
        vm.expectRevert(invalid);
        this.requireSigned(id, abi.encode(p256Key, ""));
        this.requireSigned(id, abi.encode(p256Key, abi.encode(r, low)));
    }

    function test_DeadlineIsInclusive() external {
        deadline = uint48(block.timestamp);
        _add(_possession(operator, keyBytes, secret, deadline));
        assertEq(registry.signer(keyId).operator, operator);
    }

    function test_RevertWhen_DeadlineIsOver() external {
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.TimeOutOfRange.selector, deadline + 1, 0, deadline));
        _add(proof);
    }

    function test_ValidFromInTheFuture() external {
        uint256 from = block.timestamp + 3 days;
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        vm.prank(operator);
        registry.addSigner(keyBytes, uint48(from), deadline, proof);
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, keyId, from - 1, from, OPEN_ENDED)
        );
        registry.requireActive(operator, keyId);
        vm.warp(from);
        registry.requireActive(operator, keyId);
    }

    function test_RevertWhen_ValidFromIsPastOrBeyondTheClock() external {
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        uint256 current = block.timestamp;
        uint48[2] memory wrong = [uint48(current - 1), uint48(OPEN_ENDED)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IOperatorRegistry.TimeOutOfRange.selector, wrong[i], current, OPEN_ENDED - 1)
            );
            vm.prank(operator);
            registry.addSigner(keyBytes, wrong[i], deadline, proof);
        }
    }

    /* PROOF OF POSSESSION */

    function test_RevertWhen_ProofIsForAnotherOperator() external {
        _register(stranger, 2_000e18, 0);
        // Same nonce as the operator's, so that the address alone differs.
        (address other, uint256 otherSecret) = makeAddrAndKey("other");
        _addSigner(stranger, other, otherSecret);
        _assertNotPossessed(_possession(stranger, keyBytes, secret, deadline));
    }

    function test_RevertWhen_ProofIsForAnotherNonce() external {
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        (address other, uint256 otherSecret) = makeAddrAndKey("other");
        _addSigner(operator, other, otherSecret);
        _assertNotPossessed(proof);
    }

    function test_RevertWhen_ProofIsForAnotherChain() external {
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        vm.chainId(block.chainid + 1);
        _assertNotPossessed(proof);
    }

    function test_RevertWhen_ProofIsForAnotherContract() external {
        _assertNotPossessed(_sign(secret, _digest(address(vault), _possessionHash())));
    }

    function test_RevertWhen_ProofIsForAnotherDeadline() external {
        _assertNotPossessed(_possession(operator, keyBytes, secret, deadline + 1));
    }

    function test_RevertWhen_ProofIsForAnotherKey() external {
        _assertNotPossessed(_possession(operator, abi.encodePacked(stranger), secret, deadline));
    }

    function test_RevertWhen_ProofIsByAnotherKey() external {
        _assertNotPossessed(_possession(operator, keyBytes, signerKey, deadline));
    }

    function test_RevertWhen_ProofHasHighS() external {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, _digest(address(registry), _possessionHash()));
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        _assertNotPossessed(abi.encodePacked(r, n - uint256(s), v == 27 ? uint8(28) : uint8(27)));
    }

    function test_RevertWhen_ProofIsCompact() external {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, _digest(address(registry), _possessionHash()));
        _assertNotPossessed(abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255)));
    }

    function test_RevertWhen_ProofIsEmptyOrTooLong() external {
        _assertNotPossessed("");
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        _assertNotPossessed(abi.encodePacked(proof, hex"00"));
        // The proof itself is good.
        _add(proof);
    }

    function testFuzz_DamagedProofIsRefused(uint256 index, uint8 damage) external {
        bytes memory proof = _possession(operator, keyBytes, secret, deadline);
        damage = uint8(bound(damage, 1, 255));
        index = bound(index, 0, proof.length - 1);
        proof[index] = bytes1(uint8(proof[index]) ^ damage);
        _assertNotPossessed(proof);
    }

    /// @dev ERC-1271 at the address of an EOA key does not sign: a contract could change its mind.
    function test_RevertWhen_CodeAtTheKeySaysYes() external {
        vm.etch(key, hex"00");
        vm.mockCall(key, abi.encodeWithSignature("isValidSignature(bytes32,bytes)"), abi.encode(bytes4(0x1626ba7e)));
        _assertNotPossessed("");
    }

    function test_RevertWhen_VerifierIsNotListed() external {
        bytes memory foreign = abi.encodePacked(stranger, bytes32(uint256(1)));
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.VerifierNotListed.selector, stranger));
        registry.addSigner(foreign, 0, deadline, "");
    }

    function testFuzz_SignerBytesShorterThanTwentyAreRefused(uint256 length) external {
        length = bound(length, 0, 19);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignerLength.selector, length, 20));
        registry.addSigner(new bytes(length), 0, deadline, "");
    }

    function test_RevertWhen_SignerIsTaken() external {
        _register(stranger, 2_000e18, 0);
        bytes memory taken = abi.encodePacked(signer);
        bytes memory signerTaken = abi.encodeWithSelector(IOperatorRegistry.SignerTaken.selector, signerId, operator);
        bytes memory proof = _possession(stranger, taken, signerKey, deadline);
        vm.prank(stranger);
        vm.expectRevert(signerTaken);
        registry.addSigner(taken, 0, deadline, proof);
        // Nor again by its own operator, revoked or not.
        vm.startPrank(operator);
        proof = _possession(operator, taken, signerKey, deadline);
        vm.expectRevert(signerTaken);
        registry.addSigner(taken, 0, deadline, proof);
        registry.revokeSigner(signerId);
        vm.expectRevert(signerTaken);
        registry.addSigner(taken, 0, deadline, proof);
    }

    /* REVOKING AND REPORTING */

    function test_RevokedKeyIsValidUntilThen() external {
        uint256 from = block.timestamp;
        bytes memory signature = abi.encode(abi.encodePacked(signer), _sign(signerKey, DIGEST));
        skip(5 hours);
        uint256 until = block.timestamp;
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.SignerRevocation(operator, signerId, until);
        registry.revokeSigner(signerId);
        assertEq(registry.signer(signerId).validUntil, until);

        registry.requireSigned(operator, signerId, from, DIGEST, signature);
        registry.requireSigned(operator, signerId, until - 1, DIGEST, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, signerId, from - 1, from, until)
        );
        registry.requireSigned(operator, signerId, from - 1, DIGEST, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, signerId, until, from, until)
        );
        registry.requireSigned(operator, signerId, until, DIGEST, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, signerId, until, from, until)
        );
        registry.requireActive(operator, signerId);
    }

    function test_RevertWhen_RevokedTwice() external {
        uint256 time = block.timestamp;
        vm.startPrank(operator);
        registry.revokeSigner(signerId);
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignerRevoked.selector, signerId, time));
        registry.revokeSigner(signerId);
    }

    function test_RevertWhen_SignerIsOfOther() external {
        vm.startPrank(stranger);
        bytes memory ofOther = abi.encodeWithSelector(
            IOperatorRegistry.SignerOfOther.selector,
            signerId,
            operator,
            stranger
        );
        vm.expectRevert(ofOther);
        registry.revokeSigner(signerId);
        vm.expectRevert(ofOther);
        registry.reportCompromise(signerId, 0);
        vm.expectRevert(ofOther);
        registry.requireSigned(stranger, signerId, block.timestamp, DIGEST, "");
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignerOfOther.selector, keyId, address(0), operator));
        registry.requireActive(operator, keyId);
    }

    function test_ReportRevokesAndRecallsWithoutChangingLiability() external {
        skip(5 hours);
        uint256 since = block.timestamp - 2 hours;
        vm.prank(operator);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.CompromiseReported(operator, signerId, since);
        vm.expectEmit(address(registry));
        emit IOperatorRegistry.SignerRevocation(operator, signerId, block.timestamp);
        registry.reportCompromise(signerId, uint48(since));

        IOperatorRegistry.SignerView memory s = registry.signer(signerId);
        assertEq(s.validUntil, block.timestamp);
        assertEq(s.compromisedSince, since);
        assertEq(s.reportedAt, block.timestamp);
        assertEq(registry.recalledAt(operator, signerId, since - 1), type(uint256).max);
        assertEq(registry.recalledAt(operator, signerId, since), block.timestamp);
        // Signed within the compromised time: as liable as before the report.
        bytes memory signature = abi.encode(abi.encodePacked(signer), _sign(signerKey, DIGEST));
        registry.requireSigned(operator, signerId, since, DIGEST, signature);
        registry.requireSigned(operator, signerId, block.timestamp - 1, DIGEST, signature);
    }

    function test_ReportAfterRevocationKeepsTheRevocation() external {
        uint256 until = block.timestamp;
        vm.startPrank(operator);
        registry.revokeSigner(signerId);
        skip(1 hours);
        registry.reportCompromise(signerId, 0);
        assertEq(registry.signer(signerId).validUntil, until);
        assertEq(registry.signer(signerId).reportedAt, until + 1 hours);
        // A report since ever is a report.
        assertEq(registry.recalledAt(operator, signerId, 0), until + 1 hours);
    }

    function test_RevertWhen_ReportedTwice() external {
        uint256 time = block.timestamp;
        vm.startPrank(operator);
        registry.reportCompromise(signerId, uint48(time));
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignerRevoked.selector, signerId, time));
        registry.reportCompromise(signerId, 0);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignerRevoked.selector, signerId, time));
        registry.revokeSigner(signerId);
    }

    function test_RevertWhen_ReportedSinceTheFuture() external {
        uint256 current = block.timestamp;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.TimeOutOfRange.selector, current + 1, 0, current));
        registry.reportCompromise(signerId, uint48(current + 1));
    }

    /// @dev The earlier of report and tombstone, the report only for what was signed in its time.
    function testFuzz_RecalledAt(uint256 reportAfter, uint256 buryAfter, uint256 since, uint256 issuedAt) external {
        uint256 start = block.timestamp;
        uint256 reportedAt = start + bound(reportAfter, 0, 30 days);
        uint256 tombstonedAt = start + bound(buryAfter, 0, 30 days);
        since = bound(since, start, reportedAt);
        issuedAt = bound(issuedAt, start, start + 30 days);
        assertEq(registry.recalledAt(operator, signerId, issuedAt), type(uint256).max);
        if (reportedAt <= tombstonedAt) _report(reportedAt, since);
        vm.warp(tombstonedAt);
        vm.prank(slashing);
        registry.tombstone(operator);
        if (reportedAt > tombstonedAt) _report(reportedAt, since);
        uint256 expected = tombstonedAt;
        if (issuedAt >= since && reportedAt < tombstonedAt) expected = reportedAt;
        assertEq(registry.recalledAt(operator, signerId, issuedAt), expected);
    }

    /* SIGNATURES */

    function test_RevertWhen_SignatureIsMalformed() external {
        vm.expectRevert(IOperatorRegistry.SignatureMalformed.selector);
        this.requireSigned(signerId, "");
        vm.expectRevert(IOperatorRegistry.SignatureMalformed.selector);
        registry.requireActiveSigned(operator, signerId, DIGEST, new bytes(63));
    }

    function test_RevertWhen_SignatureIsOfOtherSigner() external {
        bytes memory signature = abi.encode(keyBytes, _sign(secret, DIGEST));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureOfOther.selector, keyId, signerId));
        this.requireSigned(signerId, signature);
    }

    function test_RevertWhen_SignatureIsForOtherDigest() external {
        bytes memory signature = abi.encode(abi.encodePacked(signer), _sign(signerKey, ~DIGEST));
        bytes memory invalid = abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, signerId, DIGEST);
        vm.expectRevert(invalid);
        this.requireSigned(signerId, signature);
        vm.expectRevert(invalid);
        registry.requireActiveSigned(operator, signerId, DIGEST, signature);
    }

    /// @dev External, so that expectRevert meets one call.
    function requireSigned(bytes32 id, bytes calldata signature) external view {
        registry.requireSigned(operator, id, block.timestamp, DIGEST, signature);
    }

    function _report(uint256 time, uint256 since) private {
        vm.warp(time);
        vm.prank(operator);
        registry.reportCompromise(signerId, uint48(since));
    }

    function _add(bytes memory proof) private {
        vm.prank(operator);
        registry.addSigner(keyBytes, 0, deadline, proof);
    }

    function _assertNotPossessed(bytes memory proof) private {
        bytes32 digest = _digest(address(registry), _possessionHash());
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, keyId, digest));
        _add(proof);
        assertEq(registry.signer(keyId).operator, address(0));
    }

    function _possessionHash() private view returns (bytes32) {
        bytes32 typehash = keccak256("SignerPossession(address operator,bytes signer,uint256 nonce,uint48 deadline)");
        uint256 nonce = registry.operator(operator).nonce;
        return keccak256(abi.encode(typehash, operator, keyId, nonce, deadline));
    }

    function _addP256(uint256 p256Secret) private returns (bytes memory p256Key, bytes32 id) {
        (uint256 x, uint256 y) = vm.publicKeyP256(p256Secret);
        p256Key = abi.encodePacked(address(protocol.p256Verifier), x, y);
        id = keccak256(p256Key);
        bytes32 typehash = keccak256("SignerPossession(address operator,bytes signer,uint256 nonce,uint48 deadline)");
        uint256 nonce = registry.operator(operator).nonce;
        bytes32 structHash = keccak256(abi.encode(typehash, operator, id, nonce, deadline));
        bytes memory proof = _signP256(p256Secret, _digest(address(registry), structHash));
        vm.prank(operator);
        registry.addSigner(p256Key, 0, deadline, proof);
    }

    /// @dev OpenZeppelin's verifier accepts the lower s only.
    function _signP256(uint256 p256Secret, bytes32 digest) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(p256Secret, digest);
        return abi.encode(r, uint256(s) > P256_N / 2 ? P256_N - uint256(s) : uint256(s));
    }
}
