// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { ICourt } from "../../contracts/court/ICourt.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { CourtStore } from "./CourtStore.sol";

/// @notice How actions are carried out and judged, the clock, and what accounts do with their stake. An action draws its
/// inputs from a seed, foresees from the store whether it must succeed, and writes to the store what it must have changed.
abstract contract StakingActions is CourtStore {
    mapping(string action => uint256) internal _tried;
    mapping(string action => uint256) internal _succeeded;
    /// @dev The first action that did what it must not; empty while all is well.
    string internal _surprise;
    uint256 private _steps;

    /* CARRYING OUT */

    /// @dev A number below `count` (0 if that is 0), another one for every salt and step.
    function _draw(uint256 seed, string memory salt, uint256 count) internal view returns (uint256) {
        return count == 0 ? 0 : uint256(keccak256(abi.encode(seed, salt, _steps))) % count;
    }

    /// @dev Another seed.
    function _other(uint256 seed, uint256 n) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, n)));
    }

    function _oneIn(uint256 seed, string memory salt, uint256 count) internal view returns (bool) {
        return _draw(seed, salt, count) == 0;
    }

    function _anyAccount(uint256 seed) internal view returns (address) {
        return _accounts[_draw(seed, "account", _accounts.length)];
    }

    function _call(address caller, address target, bytes memory data) internal returns (bool ok, bytes memory result) {
        ++_steps;
        vm.prank(caller);
        (ok, result) = target.call(data);
    }

    function _judge(string memory action, bool ok, bool expected, bytes memory result) internal returns (bool) {
        ++_tried[action];
        if (ok) ++_succeeded[action];
        if (ok && block.timestamp < protocol.attestations.pausedUntil()) ++_succeeded["while paused"];
        if (ok != expected && bytes(_surprise).length == 0) {
            _surprise = string.concat(action, ok ? " succeeded" : string.concat(" reverted: ", vm.toString(result)));
        }
        return ok;
    }

    function _do(
        string memory action,
        address caller,
        address target,
        bytes memory data,
        bool expected
    ) internal returns (bool ok) {
        bytes memory result;
        (ok, result) = _call(caller, target, data);
        _judge(action, ok, expected, result);
    }

    /// @dev For what an action must have answered or left behind.
    function _require(bool condition, string memory what) internal {
        if (!condition && bytes(_surprise).length == 0) _surprise = what;
    }

    /* TIME */

    /// @notice Seconds, an hour's edge, hours or weeks go by. What was true of the past is sampled first.
    function warp(uint256 seed) external {
        ++_steps;
        uint256 kind = _draw(seed, "kind", 20);
        uint256 jump = 1 + _draw(seed, "jump", 1 hours);
        if (kind < 5) jump = 1 hours - (block.timestamp % 1 hours) - _draw(seed, "edge", 2);
        else if (kind < 9) jump = 1 + _draw(seed, "jump", 16 hours);
        else if (kind < 11) jump = 1 + _draw(seed, "jump", 4 days);
        else if (kind == 11) jump = 1 + _draw(seed, "jump", 30 days);
        if (jump == 0) return;
        _warpTo(seed, block.timestamp + jump);
        ++_succeeded["warp"];
    }

    function _warpTo(uint256 seed, uint256 time) internal virtual {
        _sample(seed);
        vm.warp(time);
        _noteFinals();
    }

    function _sample(uint256 seed) private {
        address account = _anyAccount(seed);
        _voteSamples.push(VoteSample(account, block.timestamp, _votes(account)));
        _voteSamples.push(VoteSample(address(0), block.timestamp, _totalVotes()));
        if (_signed.length == 0) return;
        uint256 i = _draw(seed, "signed", _signed.length);
        if (_signed[i].receipt.issuedAt > block.timestamp) return;
        _liabilitySamples.push(LiabilitySample(i, _liable(i)));
    }

    /// @dev Whether the signature counts against the operator, as the protocol says it.
    function _liable(uint256 i) internal view returns (bool ok) {
        bytes memory data = abi.encodeCall(
            protocol.attestations.requireSigned,
            (_bare(_signed[i].receipt), _signed[i].signature)
        );
        (ok, ) = address(protocol.attestations).staticcall(data);
    }

    function _noteFinals() private {
        for (uint256 i = 0; i < _signed.length; ++i) {
            if (_answers[i].publishedAt == 0 || _wasFinal[i]) continue;
            if (uint8(protocol.attestations.checkReceipt(_signed[i].receipt).status) != 7) continue;
            _wasFinal[i] = true;
            _finals.push(i);
            ++_succeeded["final"];
        }
        for (uint256 n = 0; n < _trialIds.length; ++n) {
            uint256 i = _trialIds[n];
            if (_finalRulings[i] != 0 || !_isIn(i, ICourt.Phase.Final)) continue;
            _finalRulings[i] = uint256(protocol.court.currentRuling(_signed[i].id)) + 1;
        }
    }

    /* STAKE */

    function stake(uint256 seed) external {
        address payer = _anyAccount(seed);
        address account = _oneIn(seed, "for", 3) ? _anyAccount(_other(seed, 1)) : payer;
        uint256 amount = 1e18 * _draw(seed, "amount", 20_000);
        if (_oneIn(seed, "huge", 10)) amount = uint256(type(uint96).max) + _draw(seed, "over", 2);
        else if (!_oneIn(seed, "unfunded", 10)) _fund(payer, amount);
        bool expected = amount > 0 && amount <= _ledger[payer].wallet;
        bool enrolling = payer == account && _oneIn(seed, "enroll", 3);
        vm.prank(payer);
        token.approve(address(protocol.vault), type(uint256).max);
        bytes memory data = abi.encodeCall(IStakeVault.stakeFor, (account, amount));
        if (enrolling) {
            data = abi.encodeCall(IStakeVault.stakeAndEnroll, (amount));
            expected = expected && !_ledger[account].enrolled && _ledger[account].active + amount >= 500e18;
        } else if (payer == account) {
            data = abi.encodeCall(IStakeVault.stake, (amount));
        }
        if (!_do(enrolling ? "stakeAndEnroll" : "stake", payer, address(protocol.vault), data, expected)) return;
        _ledger[payer].wallet -= amount;
        _ledger[account].active += amount;
        if (enrolling) _ledger[account].enrolled = true;
    }

    function unstake(uint256 seed) external {
        address account = _anyAccount(seed);
        uint256 active = _ledger[account].active;
        uint256 amount = _draw(seed, "amount", active / 3 + 2);
        if (_oneIn(seed, "all", 5)) amount = active + _draw(seed, "over", 2);
        bytes memory data = abi.encodeCall(IStakeVault.unstake, (amount));
        if (!_do("unstake", account, address(protocol.vault), data, amount > 0 && amount <= active)) return;
        _ledger[account].active -= amount;
        _ledger[account].unbonding += amount;
        _ledger[account].maturesAt = block.timestamp + UNBONDING_PERIOD;
    }

    function withdraw(uint256 seed) external {
        address account = _anyAccount(seed);
        for (uint256 i = 0; i < _accounts.length && _withdrawable(account) == 0; ++i) account = _accounts[i];
        uint256 amount = _withdrawable(account);
        bytes memory data = abi.encodeCall(IStakeVault.withdraw, ());
        if (!_do("withdraw", account, address(protocol.vault), data, amount > 0)) return;
        _ledger[account].unbonding -= amount;
        _ledger[account].wallet += amount;
    }

    function _withdrawable(address account) private view returns (uint256) {
        Stake storage a = _ledger[account];
        if (block.timestamp < a.maturesAt) return 0;
        uint256 leafLocks = protocol.vault.lockedBy(address(protocol.attestations), account);
        return Math.min(a.unbonding, _bonded(account) - _otherLocks(account) - leafLocks);
    }

    function claim(uint256 seed) external {
        address account = _anyAccount(seed);
        for (uint256 i = 0; i < _accounts.length && _ledger[account].credit == 0; ++i) account = _accounts[i];
        uint256 amount = _ledger[account].credit;
        bytes memory data = abi.encodeCall(IStakeVault.claim, (account));
        if (!_do("claim", _anyAccount(_other(seed, 1)), address(protocol.vault), data, amount > 0)) return;
        _ledger[account].credit = 0;
        _ledger[account].wallet += amount;
    }

    function donate(uint256 seed) external {
        uint256 amount = _draw(seed, "amount", 1e18);
        assertTrue(token.transfer(address(protocol.vault), amount));
        _donated += amount;
    }

    /* CHOICES */

    function optIn(uint256 seed) external {
        (address account, address module) = _choice(seed);
        bool expected = _moduleActive(module) && _optedInUntil[module][account] != OPEN_ENDED;
        bytes memory data = abi.encodeCall(IStakeVault.optIn, (module));
        if (_do("optIn", account, address(protocol.vault), data, expected)) _optedInUntil[module][account] = OPEN_ENDED;
    }

    function optOut(uint256 seed) external {
        (address account, address module) = _choice(seed);
        // Operators that left for good would leave the run without business.
        if (_standings[account].registered && !_oneIn(seed, "really", 4)) return;
        bool expected = _optedInUntil[module][account] == OPEN_ENDED;
        bytes memory data = abi.encodeCall(IStakeVault.optOut, (module));
        if (!_do("optOut", account, address(protocol.vault), data, expected)) return;
        _optedInUntil[module][account] = block.timestamp + 1 days;
    }

    function _choice(uint256 seed) private view returns (address account, address module) {
        account = _anyAccount(seed);
        uint256 choice = _draw(seed, "module", _modules.length + 1);
        module = choice == _modules.length ? address(protocol.attestations) : _modules[choice];
    }

    function enroll(uint256 seed) external {
        address account = _anyAccount(seed);
        bool expected = !_ledger[account].enrolled && _ledger[account].active >= 500e18;
        bytes memory data = abi.encodeCall(IStakeVault.enroll, ());
        if (_do("enroll", account, address(protocol.vault), data, expected)) _ledger[account].enrolled = true;
    }

    function unenroll(uint256 seed) external {
        address account = _anyAccount(seed);
        bytes memory data = abi.encodeCall(IStakeVault.unenroll, ());
        bool expected = _ledger[account].enrolled;
        if (_do("unenroll", account, address(protocol.vault), data, expected)) _ledger[account].enrolled = false;
    }

    /* INTERNAL */

    function _moduleActive(address module) internal view returns (bool) {
        (IStakeVault.ModuleStatus status, ) = protocol.vault.moduleStatus(module);
        return status == IStakeVault.ModuleStatus.Genesis || status == IStakeVault.ModuleStatus.Active;
    }

    /// @dev What a module other than attestations can lock now.
    function _lockableBy(address module, address account) internal view returns (uint256) {
        if (!_moduleActive(module) || !_optedIn(account, module)) return 0;
        uint256 leafLocks = protocol.vault.lockedBy(address(protocol.attestations), account);
        return Math.saturatingSub(_backing(account), _otherLocks(account) + leafLocks);
    }

    function _fund(address account, uint256 amount) internal {
        assertTrue(token.transfer(account, amount));
        _ledger[account].wallet += amount;
    }
}
