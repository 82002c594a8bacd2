// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { GameStore } from "./GameStore.sol";

/// @notice Proofs in one transaction: those that hold, those that show what is right, and those that are forged. After
/// each call nobody but who is at fault has less, and the reserve has its part of what that one lost.
abstract contract ProofActions is GameStore {
    /// @dev Who may lose how much by a call, and what of it is the reserve's at least.
    struct Toll {
        address loser;
        uint256 most;
        uint256 toReserve;
    }

    struct Attempt {
        uint256 signed;
        address caller;
        uint256 tensor;
        uint256 place; // element or leaf
        uint256 forgery; // below 6: a part of a unit that is another one
        bytes32[] roots;
    }

    /* CARRYING OUT */

    function _perform(
        string memory action,
        address caller,
        address target,
        bytes memory data,
        bool expected,
        Toll memory toll
    ) internal forgetful returns (bool ok) {
        uint256[] memory before = _wealths();
        ok = _do(action, caller, target, data, expected);
        if (ok && expected) _checkGains(before, toll);
    }

    /// @dev Of every account, bonds at stake included; then of court and disputes on their way to somebody.
    function _wealths() private view returns (uint256[] memory all) {
        all = new uint256[](_accounts.length + 1);
        all[_accounts.length] = _creditOf(disputes) + _creditOf(address(protocol.court));
        for (uint256 n = 0; n < _accounts.length; ++n) all[n] = _wealthOf(_accounts[n]);
        for (uint256 g = 1; g <= _gameCount + 1; ++g) {
            (address challenger, uint256 bond) = protocol.disputes.bondOf(g);
            all[_accounts.length] -= bond;
            for (uint256 n = 0; n < _accounts.length && bond > 0; ++n) if (_accounts[n] == challenger) all[n] += bond;
        }
    }

    function _checkGains(uint256[] memory before, Toll memory toll) private {
        uint256[] memory now_ = _wealths();
        (uint256 had, uint256 has) = (before[_accounts.length], now_[_accounts.length]);
        for (uint256 n = 0; n < _accounts.length; ++n) {
            if (_accounts[n] == RESERVE) {
                _require(now_[n] >= before[n] + toll.toReserve, "the reserve got too little");
                continue;
            }
            uint256 most = _accounts[n] == toll.loser ? toll.most : 0;
            _require(now_[n] + most >= before[n], "an account lost without a fault of its own");
            had += before[n];
            has += now_[n];
        }
        // All but the reserve together: no coalition gains, and the one at fault loses at least the reserve's part.
        _require(has + toll.toReserve <= had, "money was made");
    }

    function _nothing() internal pure returns (Toll memory) {}

    /// @dev The operator loses its lock, of whose penalty 40 % is the reserve's.
    function _tollOf(uint256 i) internal view returns (Toll memory) {
        uint256 penalty = _penaltyOf(i);
        return Toll(_signed[i].receipt.operator, _answers[i].locked, Math.ceilDiv(penalty * 2, 5));
    }

    /// @dev A proof that shows a fault succeeds in time, and nothing else does.
    function _prove(string memory action, uint256 i, address caller, bytes memory data, bool shows) internal {
        bool expected = shows && _isOverturnable(i);
        if (!_perform(action, caller, replay, data, expected, _tollOf(i)) || !expected) return;
        _require(_isWrong(i), "an honest answer was overturned");
        _noteOverturned(i, caller);
    }

    /* ACTIONS */

    /// @notice Somebody who was served the trace proves something, mostly what is wrong.
    function prove(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _draw(seed, "signed", _signed.length);
        bool any = _oneIn(seed, "any", 4);
        for (uint256 n = 0; n < _signed.length && !any && !_isOpenAndWrong(i); ++n) i = (i + 1) % _signed.length;
        Work storage w = _workOf(i);
        Attempt memory a = Attempt(i, _anyAccount(seed), w.tensor, w.place, _draw(seed, "forgery", 14), w.roots);
        bool forged = _oneIn(seed, "forged", 5) && a.roots.length > 0;
        if (forged) a.roots[_draw(seed, "root", a.roots.length)] ^= bytes32(uint256(1));
        if (_oneIn(seed, "elsewhere", 4)) a.tensor = _draw(seed, "tensor", TENSORS);
        if (a.tensor != w.tensor || _oneIn(seed, "place", 4)) a.place = _draw(seed, "at", _model.lengthOf(a.tensor));
        Lie lie = _oneIn(seed, "another", 3) ? Lie(_draw(seed, "kind", 9)) : w.lie;
        if (lie == Lie.MissingLeaf && a.place != w.place) a.place %= 40;
        _proveAs(a, lie);
    }

    /// @dev As if the answer had this lie.
    function _proveAs(Attempt memory a, Lie lie) internal {
        bool first = a.tensor == 0;
        bool end = (lie == Lie.Element && first) || (lie == Lie.Root && (first || a.tensor == TENSORS - 1));
        if (lie == Lie.Padding) _provePadding(a);
        else if (lie == Lie.MissingLeaf) _proveMissingLeaf(a);
        else if (lie == Lie.RootCount) _proveRootCount(a.signed, a.caller, a.roots);
        else if (lie == Lie.Request || lie == Lie.Output) _proveEnd(a.signed, a.caller, lie == Lie.Request, a.roots);
        else if (end) _proveEnd(a.signed, a.caller, first, a.roots);
        else _proveUnit(a);
    }

    function _isOpenAndWrong(uint256 i) internal view returns (bool) {
        return _isOverturnable(i) && _isWrong(i);
    }

    /// @dev Whether these are the roots that the receipt commits to, one for each tensor.
    function _isTrace(uint256 i, bytes32[] memory roots) internal view returns (bool) {
        return _isCommitted(i, roots) && roots.length == TENSORS;
    }

    function _isCommitted(uint256 i, bytes32[] memory roots) internal view returns (bool) {
        return keccak256(abi.encode(roots)) == _signed[i].receipt.traceRoot;
    }

    /* UNITS */

    function _proveUnit(Attempt memory a) private {
        if (a.tensor == 0) a.tensor = 1;
        Work memory w = _workOf(a.signed);
        uint256 row = a.place % _model.lengthOf(a.tensor);
        uint256 position = (row * _model.widthOf(a.tensor)) / 1_024;
        bytes memory input = _claimed(w, _model.inputOf(a.tensor - 1));
        bytes32[] memory proof = _proofOf(_claimedLevels(w, a.tensor), position);
        IReplayGame.Unit memory unit = _unitOf(a.tensor, row, input, _claimedLeaf(w, a.tensor, position), proof);
        bool shows = _isTrace(a.signed, a.roots) && _contradicts(w, unit);
        if (a.forgery < 6) shows = _forge(unit, a.forgery) && shows;
        _sendUnit(a.signed, a.caller, a.roots, unit, shows);
    }

    function _sendUnit(
        uint256 i,
        address caller,
        bytes32[] memory roots,
        IReplayGame.Unit memory unit,
        bool shows
    ) internal {
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.proveUnit, (r, _trace(roots), unit));
        _prove("proveUnit", i, caller, data, shows);
    }

    /// @dev The element with the tensor it was computed from, its row of weights and its leaf without padding.
    function _unitOf(
        uint256 tensor,
        uint256 row,
        bytes memory input,
        bytes memory leaf,
        bytes32[] memory proof
    ) internal view returns (IReplayGame.Unit memory unit) {
        unit.weights = _model.weightsOf(tensor - 1, row);
        (unit.op, unit.row, unit.input, unit.outputProof) = (uint16(tensor - 1), uint32(row), input, proof);
        uint256 position = (row * _model.widthOf(tensor)) / 1_024;
        uint256 size = Math.min(1_024, _model.lengthOf(tensor) * _model.widthOf(tensor) - position * 1_024);
        unit.outputLeaf = new bytes(size);
        for (uint256 n = 0; n < size; ++n) unit.outputLeaf[n] = leaf[n];
    }

    /// @dev By the roots that were committed to: what is shown leads to them, and the numbers do not agree.
    function _contradicts(Work memory w, IReplayGame.Unit memory unit) private view returns (bool) {
        uint256 read = _model.inputOf(unit.op);
        uint256 written = uint256(unit.op) + 1;
        if (_model.rootOf(read, unit.input) != w.roots[read]) return false;
        // The leaf is shown without what may stand behind it.
        bool known = _knows(w, written) && !(w.lie == Lie.Padding && w.tensor == written && _isLast(unit, written));
        if (!known) return false;
        uint256 width = _model.widthOf(written);
        int256 claimed = _model.valueAt(unit.outputLeaf, unit.row % (1_024 / width), width);
        return claimed != _model.element(unit.op, unit.row, unit.input);
    }

    function _isLast(IReplayGame.Unit memory unit, uint256 tensor) private view returns (bool) {
        return (unit.row * _model.widthOf(tensor)) / 1_024 + 1 == _model.leavesIn(tensor);
    }

    /// @dev Shows something else than what was committed to; never a proof.
    function _forge(IReplayGame.Unit memory unit, uint256 how) private pure returns (bool) {
        if (how == 0) unit.input[0] ^= 0x01;
        else if (how == 1) unit.outputLeaf[unit.outputLeaf.length - 1] ^= 0x01;
        else if (how == 2) unit.weights.bias += 1;
        else if (how == 3) unit.row += 1;
        else if (how == 4) unit.outputProof = new bytes32[](unit.outputProof.length + 1);
        else unit.op += 7;
        // ARGMAX has no weights to forge.
        return how == 2 && unit.op == 3;
    }

    function _proofOf(bytes32[][] memory levels, uint256 position) internal pure returns (bytes32[] memory proof) {
        proof = new bytes32[](levels.length - 1);
        for (uint256 n = 0; n < proof.length; ++n) proof[n] = levels[n][(position >> n) ^ 1];
    }

    /* FAULTS OF A TRACE */

    function _provePadding(Attempt memory a) private {
        Work memory w = _workOf(a.signed);
        uint256 last = _model.leavesIn(a.tensor) - 1;
        bytes32[] memory proof = _proofOf(_claimedLevels(w, a.tensor), last);
        bool shows = _isTrace(a.signed, a.roots) && w.lie == Lie.Padding && w.tensor == a.tensor;
        _sendPadding(a.signed, a.caller, a.tensor, a.roots, _claimedLeaf(w, a.tensor, last), proof, shows);
    }

    function _sendPadding(
        uint256 i,
        address caller,
        uint256 tensor,
        bytes32[] memory roots,
        bytes memory leaf,
        bytes32[] memory proof,
        bool shows
    ) internal {
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.provePadding, (r, _trace(roots), uint16(tensor), leaf, proof));
        _prove("provePadding", i, caller, data, shows);
    }

    function _proveMissingLeaf(Attempt memory a) private {
        Work memory w = _workOf(a.signed);
        bytes32[][] memory levels = _claimedLevels(w, a.tensor);
        uint256 count = levels[0].length;
        bytes32 word = a.place < count ? levels[0][a.place] : w.noise;
        bytes32[] memory proof = _proofOf(levels, Math.min(a.place, count - 1));
        bool lied = w.lie == Lie.MissingLeaf && w.tensor == a.tensor && a.place == w.place;
        CredenceReceipt memory r = _signed[a.signed].receipt;
        bytes memory data = abi.encodeCall(
            IReplayGame.proveMissingLeaf,
            (r, _trace(a.roots), uint16(a.tensor), uint32(a.place), word, proof)
        );
        _prove("proveMissingLeaf", a.signed, a.caller, data, _isTrace(a.signed, a.roots) && lied);
    }

    function _proveRootCount(uint256 i, address caller, bytes32[] memory roots) internal {
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.proveRootCount, (r, _trace(roots)));
        _prove("proveRootCount", i, caller, data, _isCommitted(i, roots) && roots.length != TENSORS);
    }

    /// @dev Another length is wrong whatever the trace.
    function _proveEnd(uint256 i, address caller, bool request, bytes32[] memory roots) internal {
        bytes memory shown = request ? _signed[i].request : _signed[i].output;
        uint256 tensor = request ? 0 : TENSORS - 1;
        bool differs = shown.length != _model.lengthOf(tensor);
        if (!differs && _isTrace(i, roots)) differs = _model.rootOf(tensor, shown) != roots[tensor];
        IReplayGame.End end = request ? IReplayGame.End.Request : IReplayGame.End.Output;
        CredenceReceipt memory r = _signed[i].receipt;
        bytes memory data = abi.encodeCall(IReplayGame.proveEnd, (r, _trace(roots), end, shown));
        _prove(request ? "proveEnd request" : "proveEnd output", i, caller, data, differs);
    }
}
