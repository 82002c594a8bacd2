// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IOperatorRegistry } from "../../contracts/operators/IOperatorRegistry.sol";
import { StakingActions } from "./StakingActions.sol";

/// @notice Operators: registration, keys, caps, bonds, leaving.
abstract contract OperatorActions is StakingActions {
    uint256 internal constant SLOTS = 3;
    /// @dev Who is in business; one that left or is in jail may be replaced by a new address.
    address[SLOTS] internal _slots;

    function register(uint256 seed) external {
        uint256 slot = _draw(seed, "slot", SLOTS);
        bool vacant = _hasLeft(_slots[slot]) || block.timestamp < protocol.operators.operator(_slots[slot]).jailedUntil;
        if (!vacant && !_oneIn(seed, "again", 8)) return;
        if (vacant && _oneIn(seed, "replace", 2)) {
            _slots[slot] = _newOperator(_accounts.length);
            if (!_oneIn(seed, "poor", 6)) _stakeAndOptIn(_slots[slot], 1e18 * (1_112 + _draw(seed, "stake", 40_000)));
        }
        _registerAs(_slots[slot], uint96(1e18 * _draw(seed, "cap", 20_000)));
        if (_standings[_slots[slot]].registered) _addSigner(_slots[slot], 0);
    }

    function addSigner(uint256 seed) external {
        uint256 from = _oneIn(seed, "later", 4) ? block.timestamp + _draw(seed, "from", 1 days) : 0;
        if (_oneIn(seed, "past", 8)) from = block.timestamp - 1;
        _addSigner(_anyOperator(seed), from);
    }

    function revokeSigner(uint256 seed) external {
        uint256 i = _draw(seed, "key", _keys.length);
        Key storage key = _keys[i];
        // The last key in use stays more often than not.
        if (!_oneIn(seed, "really", 3)) return;
        address caller = _oneIn(seed, "stranger", 4) ? _anyAccount(seed) : key.operator;
        bytes memory data = abi.encodeCall(IOperatorRegistry.revokeSigner, (_signerId(i)));
        bool expected = caller == key.operator && key.validUntil == OPEN_ENDED;
        if (_do("revokeSigner", caller, address(protocol.operators), data, expected)) key.validUntil = block.timestamp;
    }

    function reportCompromise(uint256 seed) external {
        uint256 i = _draw(seed, "key", _keys.length);
        Key storage key = _keys[i];
        if (!_oneIn(seed, "really", 4)) return;
        address caller = _oneIn(seed, "stranger", 4) ? _anyAccount(seed) : key.operator;
        uint256 since = block.timestamp + 1 - _draw(seed, "since", 2 days);
        bytes memory data = abi.encodeCall(IOperatorRegistry.reportCompromise, (_signerId(i), uint48(since)));
        bool expected = caller == key.operator && !key.reported && since <= block.timestamp;
        if (!_do("reportCompromise", caller, address(protocol.operators), data, expected)) return;
        (key.reported, key.since, key.reportedAt) = (true, since, block.timestamp);
        if (key.validUntil == OPEN_ENDED) key.validUntil = block.timestamp;
    }

    function setExposureCap(uint256 seed) external {
        address operator_ = _anyOperator(seed);
        uint96 cap = uint96(1e18 * _draw(seed, "cap", 30_000));
        bytes memory data = abi.encodeCall(IOperatorRegistry.setExposureCap, (cap));
        bool expected = _standings[operator_].registered;
        if (!_do("setExposureCap", operator_, address(protocol.operators), data, expected)) return;
        Standing storage s = _standings[operator_];
        s.cap = _capOf(operator_);
        if (cap < s.cap) (s.nextCap, s.nextCapAt) = (cap, block.timestamp + 1 days);
        else (s.cap, s.nextCapAt) = (cap, 0);
    }

    function retire(uint256 seed) external {
        address operator_ = _anyOperator(seed);
        if (!_oneIn(seed, "really", 5)) return;
        bool expected = _standings[operator_].registered && !_hasLeft(operator_);
        bytes memory data = abi.encodeCall(IOperatorRegistry.retire, ());
        if (!_do("retire", operator_, address(protocol.operators), data, expected)) return;
        _standings[operator_].retiredAt = block.timestamp;
    }

    function releaseBond(uint256 seed) external {
        address operator_ = _anyAccount(seed);
        for (uint256 i = 0; i < _accounts.length && !_hasLeft(operator_); ++i) operator_ = _accounts[i];
        uint256 retiredAt = _standings[operator_].retiredAt;
        bool expected = retiredAt != 0 && block.timestamp >= retiredAt + UNBONDING_PERIOD;
        bytes memory data = abi.encodeCall(IOperatorRegistry.releaseBond, (operator_));
        if (!_do("releaseBond", _anyAccount(_other(seed, 1)), address(protocol.operators), data, expected)) return;
        _moduleLocks[address(protocol.operators)][operator_] = 0;
    }

    function restoreBond(uint256 seed) external {
        address operator_ = _anyOperator(seed);
        for (uint256 i = 0; i < SLOTS && !_standings[operator_].bondShort; ++i) operator_ = _slots[i];
        Standing storage s = _standings[operator_];
        if (s.bondShort && _oneIn(seed, "prepared", 2)) _makeRoom(operator_, s.bondMissing + 1e18);
        bool able = s.bondMissing == 0 || _lockableBy(address(protocol.operators), operator_) >= s.bondMissing;
        bytes memory data = abi.encodeCall(IOperatorRegistry.restoreBond, ());
        bool expected = s.registered && !_hasLeft(operator_) && s.bondShort && able;
        if (!_do("restoreBond", operator_, address(protocol.operators), data, expected)) return;
        _moduleLocks[address(protocol.operators)][operator_] += s.bondMissing;
        (s.bondShort, s.bondMissing) = (false, 0);
    }

    /* INTERNAL */

    function _anyOperator(uint256 seed) internal view returns (address) {
        return _slots[_draw(seed, "operator", SLOTS)];
    }

    function _hasLeft(address operator_) internal view returns (bool) {
        return _standings[operator_].retiredAt != 0 || _standings[operator_].tombstonedAt != 0;
    }

    function _signerId(uint256 key) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(_keys[key].account));
    }

    /// @dev The operator stakes and raises its cap, to keep a promise.
    function _makeRoom(address operator_, uint256 amount) internal {
        _stake(operator_, 2 * amount);
        _ledger[operator_].active += 2 * amount;
        uint96 cap = uint96(_leafLocks(operator_) + _capOf(operator_) + amount);
        vm.prank(operator_);
        protocol.operators.setExposureCap(cap);
        (_standings[operator_].cap, _standings[operator_].nextCapAt) = (cap, 0);
    }

    function _newOperator(uint256 index) internal returns (address operator_) {
        operator_ = address(uint160(uint256(keccak256(abi.encode("operator", index)))));
        _accounts.push(operator_);
    }

    function _stakeAndOptIn(address account, uint256 amount) internal {
        _stake(account, amount);
        _ledger[account].active += amount;
        vm.startPrank(account);
        for (uint256 i = 0; i <= _modules.length; ++i) {
            address module = i == _modules.length ? address(protocol.attestations) : _modules[i];
            if (!_moduleActive(module)) continue;
            protocol.vault.optIn(module);
            _optedInUntil[module][account] = OPEN_ENDED;
        }
        vm.stopPrank();
    }

    function _registerAs(address operator_, uint96 cap) internal {
        uint256 bond = protocol.operators.minOperatorStake();
        Standing storage s = _standings[operator_];
        bool open = block.timestamp >= protocol.operators.pausedUntil();
        bool expected = open && !s.registered && _lockableBy(address(protocol.operators), operator_) >= bond;
        bytes memory data = abi.encodeCall(IOperatorRegistry.register, ("https://operator.example", cap));
        if (!_do("register", operator_, address(protocol.operators), data, expected)) return;
        (s.registered, s.cap) = (true, cap);
        _moduleLocks[address(protocol.operators)][operator_] += bond;
    }

    function _addSigner(address operator_, uint256 from) internal {
        uint256 secret = uint256(keccak256(abi.encode("signer", _keys.length)));
        bytes memory key = abi.encodePacked(vm.addr(secret));
        uint48 deadline = uint48(block.timestamp);
        bytes memory proof = _possession(operator_, key, secret, deadline);
        bytes memory data = abi.encodeCall(IOperatorRegistry.addSigner, (key, uint48(from), deadline, proof));
        bool expected = _standings[operator_].registered && !_hasLeft(operator_);
        expected = expected && (from == 0 || from >= block.timestamp);
        if (!_do("addSigner", operator_, address(protocol.operators), data, expected)) return;
        Key storage added = _keys.push();
        (added.account, added.secret, added.operator) = (vm.addr(secret), secret, operator_);
        added.validFrom = from == 0 ? block.timestamp : from;
        added.validUntil = OPEN_ENDED;
    }
}
