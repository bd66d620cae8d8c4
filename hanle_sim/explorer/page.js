"use strict";
// The page around the functions of DEVICES: nothing here knows any physics, but how a half width and a Lorentzian are read off a curve.
const byId=id=>document.getElementById(id),POINTS=401,QUIET=100;
const PREFIXES=[["a",-18],["f",-15],["p",-12],["n",-9],["µ",-6],["m",-3],["",0],["k",3],["M",6],["G",9]];
const WITH_PREFIX=["s","T","K","V","A","m","ohm","V/K","ohm m","K/W"];
const pretty=unit=>unit.replace("ohm","Ω").replaceAll("^2","²").replaceAll("^3","³").replace(/(^| )m²(?!\/s)/,"$1µm²");
// Areas, and resistances times areas, are written in µm².
const factorOf=unit=>/^m\^2$|ohm m\^2|K m\^2/.test(unit)?1e12:1;
function text(value,unit,digits=4){
  if(!isFinite(value))return "none";
  if(value===0)return `0 ${pretty(unit)}`.trim();
  if(WITH_PREFIX.includes(unit)){
    const [letter,power]=PREFIXES.findLast(([,p])=>abs(value)>=10**p*0.9995)??PREFIXES[0];
    return `${trimmed(value/10**power,digits)}\u202f${letter}${pretty(unit)}`;
  }
  return `${trimmed(value*factorOf(unit),digits)}\u202f${pretty(unit)}`.trim();
}
function trimmed(value,digits){
  const size=abs(value);
  if(size>=1e5||size<1e-3){
    const [front,power]=value.toExponential(digits-1).replace(/\.?0+e/,"e").split("e"),up=[...String(+power)].map(c=>"⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
    return `${front==="1"?"":signed(front)+"×"}10${up}`;
  }
  return signed(String(+value.toPrecision(digits)));
}
const percent=share=>abs(share)<5e-4?"< 0.1\u202f%":`${signed((100*share).toFixed(1))}\u202f%`;
// A name in a sentence, and its meaning, with indices where they belong.
const indexed=words=>words.replace(/\b([A-Za-zΑ-ω]{1,3})_([A-Za-z0-9]+)\b/g,(_,x,index)=>`${LETTERS[x]??x}<sub>${index}</sub>`);
const signed=number=>number.replace(/^-(?=.*[1-9])/,"−").replace(/^-/,"");
// Units of what a person writes, as factors and powers of SI's: "kΩ µm²", "ohm cm^2", "A/cm²", "m²/(V s)"; null for what is none.
const UNITS={s:["s"],m:["m"],T:["T"],G:["T",1e-4],Oe:["T",1e-4],K:["K"],V:["V"],A:["A"],W:["W"],rad:["rad"],"Ω":["Ω"],ohm:["Ω"],S:["Ω",1,-1],"%":["",0.01]};
const SCALES={...Object.fromEntries(PREFIXES.filter(([letter])=>letter)),u:-6,c:-2};
function unitOf(written){
  const powers={};let factor=1,sign=1,isInside=false,isWrong=false;
  const plain=written.replaceAll("²","^2").replaceAll("³","^3").replace(/[µμ]/g,"u").replace(/[Oo]hms?/g,"Ω").replace(/[·*]/g," ");
  const rest=plain.replace(/([/()]|[a-zΩ%]+)(?:\^?(-?\d))?/gi,(_,name,power)=>{
    if(name==="/"){sign=-1;return ""}
    if(name==="("||name===")"){isInside=name==="(";if(!isInside)sign=1;return ""}
    const short=name in UNITS?name:name.slice(1),found=UNITS[short];
    if(!found||(short!==name&&!(name[0] in SCALES))){isWrong=true;return ""}
    const [base,own=1,turn=1]=found,n=sign*(power?+power:1);
    factor*=(own*(short===name?1:10**SCALES[name[0]]))**n;
    if(base)powers[base]=(powers[base]??0)+n*turn;
    if(!isInside)sign=1;
    return "";
  });
  if(isWrong||rest.trim())return null;
  return {factor,kind:Object.entries(powers).filter(([,n])=>n).sort().join(";")};
}
// A number as a person writes it, in any unit of the kind; a bare one is in the unit that is shown. NaN for anything else.
function read(written,unit,shownUnit){
  const found=/^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(.*?)\s*$/i.exec(written.replace(",",".").replace(/[\u2212–]/,"-")
    .replace(/(×\s*)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/,(_,times,power)=>`${times?"":"1"}e${[...power].map(c=>"-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c)]).join("")}`));
  if(!found)return NaN;
  const given=unitOf(found[2]||shownUnit),own=unitOf(unit);
  return given&&own&&given.kind===own.kind?+found[1]*given.factor/own.factor:NaN;
}
const shownUnit=(value,unit)=>text(value,unit).split("\u202f")[1]??"";
const LETTERS={tau:"τ",alpha:"α",kappa:"κ",eta:"η",rho:"ρ",lambda:"λ",Delta:"Δ",theta:"θ",sigma:"σ"};
// P_G as P with an index, and letters of the Greek alphabet as such.
function symbol(name){
  if(!name.includes(".")&&/^[a-z]{4,}/.test(name)&&!(name.split("_")[0] in LETTERS))return name.replaceAll("_"," ");
  const [last,...home]=name.split(".").reverse(),parts=last.split("_").map(x=>LETTERS[x]??x);
  const base=parts[0]==="Δ"?"Δ"+parts.splice(0,2)[1]:parts.shift();
  return `${base}${parts.length?`<sub>${parts.join(" ")}</sub>`:""}${home.length?` of ${home.reverse().join(" ").replace(/s (\d)/," $1")}`:""}`;
}
let device=null,p=[],frozen=null,measured=null,isBusy=false,isLate=false,program=null,follows=true,addressed=0;
const remembered={};
const source=()=>Bokeh.documents[0].get_model_by_name("curves");
const model=name=>Bokeh.documents[0].get_model_by_name(name);
const valueAt=(s,x)=>s.log?s.low*pow(s.high/s.low,x):s.low+(s.high-s.low)*x;
const placeOf=(s,v)=>s.log?log(v/s.low)/log(s.high/s.low):(v-s.low)/(s.high-s.low);
// The smallest |B| at which half of the fall from B = 0 to complete dephasing is left.
function halfWidth(at,top,limit,narrowest){
  const fall=top-limit;
  if(!(abs(fall)>1e-12*abs(top)))return NaN;
  const left=B=>min((at(B)[0]-limit)/fall,(at(-B)[0]-limit)/fall)-0.5;
  let low=0,high=NaN;
  for(let k=-24;k<=100;k++){const B=narrowest*pow(10,k/8);if(!(left(B)>0)){high=B;break}low=B}
  if(!isFinite(high))return NaN;
  for(let k=0;k<200&&high-low>1e-14*high;k++){const middle=low>0?sqrt(low*high):high/2;if(left(middle)>0)low=middle;else high=middle}
  return (low+high)/2;
}
// Relaxation time of the Lorentzian A/(1 + (B/w)²) + C nearest to a curve.
function fitted(B,V){
  const left=w=>{
    let s=0,sx=0,sxx=0,sy=0,sxy=0,syy=0;
    for(let k=0;k<B.length;k++){const x=1/(1+(B[k]/w)**2),y=V[k];s++;sx+=x;sxx+=x*x;sy+=y;sxy+=x*y;syy+=y*y}
    const vx=sxx-sx*sx/s,vy=syy-sy*sy/s,c=sxy-sx*sy/s;
    return vx>0?vy-c*c/vx:vy;
  };
  const widest=max(...B.map(abs))*10,steps=80;
  let best=0,least=Infinity;
  for(let k=0;k<=steps;k++){const r=left(widest*pow(10,-4*k/steps));if(r<least){least=r;best=k}}
  let a=best-1,b=best+1;const g=(sqrt(5)-1)/2;
  for(let k=0;k<60;k++){const c=b-g*(b-a),d=a+g*(b-a);if(left(widest*pow(10,-4*c/steps))<left(widest*pow(10,-4*d/steps)))b=d;else a=c}
  return widest*pow(10,-2*(a+b)/steps);
}
const fields=(range=device.range)=>Float64Array.from({length:POINTS},(_,k)=>range*(2*k/(POINTS-1)-1));
const widthOf=o=>halfWidth(B=>o.at(B),o.top[0],o.limit[0],o.narrowest[0]);
// The axis follows the line where that would be a needle or flat: 1, 2 or 5 times a power of ten, ten half widths or more.
function followed(width){
  if(!follows||!isFinite(width)||(width<device.range/2&&width>device.range/40))return;
  const power=10**Math.floor(Math.log10(10*width));
  device.range=[1,2,5,10].find(x=>x*power>=10*width*0.999)*power;
  showRange();
}
const showRange=()=>{byId("range").value=text(device.range,"T").replace("\u202f"," ")};
function compute(o){
  const started=performance.now(),B=fields(),n=POINTS,columns=[0,1,2].map(()=>new Float64Array(n));
  for(let k=0;k<n;k++){const v=o.at(B[k]);for(let j=0;j<3;j++)columns[j][k]=v[j]}
  const two=new Float64Array(n).fill(NaN),slope=new Float64Array(n).fill(NaN);
  if(device.lorentzians){const l=device.lorentzians(p);for(let k=0;k<n;k++){const v=l.at(B[k]);two[k]=v[0]+v[1]}}
  const by=device.sliders.findIndex(s=>s.path===byId("by").value);
  if(by>=0){const u=p.map((v,k)=>k===by?(v||1):0),d=device.slope(p,u);for(let k=0;k<n;k++)slope[k]=d.at(B[k])[0]}
  return {o,B,columns,two,slope,ms:performance.now()-started};
}
// All that is chosen of a device, as the address says it.
const state=()=>({device:device.name,range:device.range,...(follows?{}:{follow:"0"}),...(byId("by").value?{by:byId("by").value}:{}),...Object.fromEntries(device.sliders.map((s,k)=>[s.path,p[k]]))});
// The curve: what Bokeh draws when the screen is next painted.
function draw(){
  const here=device.main(p),width=widthOf(here);
  followed(width);
  const {o,B,columns,two,slope}=program={...compute(here),width},[V,spin,heat]=columns;
  const size=max(...V.map(abs),...(frozen?[frozen.size]:[]))||1,power=PREFIXES.findLast(([,q])=>size>=10**q)??PREFIXES[0],unit=10**power[1];
  const steepest=max(...slope.map(abs)),rate=PREFIXES.findLast(([,q])=>steepest>=10**q)??PREFIXES[0];
  const per=(x,scale=unit)=>Float64Array.from(x,v=>v/scale),milli=per(B,1e-3);
  const old=frozen?per(frozen.at(B)):new Float64Array(POINTS).fill(NaN);
  source().data={B:milli,V:per(V),spin:per(spin),heat:per(heat),two:per(two),old,slope:per(slope,10**rate[1])};
  const half=(o.top[0]+o.limit[0])/2/unit;
  model("half").data=isFinite(width)&&width<device.range?{B:[-width*1e3,width*1e3],V:[half,half]}:{B:[],V:[]};
  model("voltage").axis_label=`ΔV (${power[0]}V)`;
  model("slopes").visible=byId("by").value!=="";
  const about=byId("by").value.split(".").at(-1);
  model("rate").axis_label=`∂ΔV/∂ ln ${about.split("_").map(x=>LETTERS[x]??x).join("_")} (${rate[0]}V)`;
  overlay(unit);
  model("cursor").location=cursor()*1e3;
}
// What is said of it, once it is on the screen; the address when nothing has moved for a while, since browsers count its changes.
function tell(){
  const {o,width,B,columns:[V,,heat],two}=program,shown={old:frozen,point:measured,two:device.lorentzians,heat:heat.some(v=>v!==0)};
  for(const item of byId("legend").children)item.hidden=item.dataset.of in shown&&!shown[item.dataset.of];
  read_off(readings(o,width,B,V,two));
  at_field();
  clearTimeout(addressed);
  addressed=setTimeout(()=>history.replaceState(null,"","#"+new URLSearchParams({...state(),...(frozen?{kept:new URLSearchParams(frozen.state)}:{})})),QUIET);
  document.body.dataset.ms=(program.ms).toFixed(2);
}
// At most once a frame, and in the very frame in which something moved: Bokeh has asked for the next paint when `draw` returns.
function soon(){
  isLate=isBusy;
  if(isBusy)return;
  isBusy=true;
  try{draw()}finally{requestAnimationFrame(()=>setTimeout(()=>{isBusy=false;if(isLate)soon();tell()}))}
}
function overlay(unit){
  const points=model("points");
  if(!measured){points.data={B:[],V:[]};return}
  // y = a ΔV + c by least squares: a free scale and an offset.
  const o=device.main(p);let s=0,sx=0,sxx=0,sy=0,sxy=0;
  for(let k=0;k<measured.B.length;k++){const x=o.at(measured.B[k])[0],y=measured.y[k];s++;sx+=x;sxx+=x*x;sy+=y;sxy+=x*y}
  const v=sxx-sx*sx/s,a=v>0?(sxy-sx*sy/s)/v:0,c=(sy-a*sx)/s;
  points.data=a?{B:measured.B.map(b=>b*1e3),V:measured.y.map(y=>(y-c)/a/unit)}:{B:[],V:[]};
  let r=0,all=0;
  for(let k=0;k<measured.B.length;k++){r+=(measured.y[k]-a*o.at(measured.B[k])[0]-c)**2;all+=(measured.y[k]-sy/s)**2}
  const span=max(...measured.B.map(abs)),odd=span<device.range/10||span>device.range*10?` Its fields reach to ${text(span,"T",3)}, the axis to ${text(device.range,"T",3)}: is the unit right?`:"";
  byId("measured").className=odd?"wrong":"";
  byId("measured").textContent=`${measured.name}: ${measured.B.length} points, drawn over the curve with a free scale and offset, y = ${trimmed(a,4)} ΔV/V + ${trimmed(c,4)}. ${all?(100*(1-r/all)).toFixed(1):0} % of their variation is in this curve.${odd}`;
}
const TAU_OF="τ = ħ/(g μ_B × half width): what one reads off as if the line were a Lorentzian";
// What one reads off, a row each: its name, the number, and what it is.
function readings(o,width,B,V,two){
  const tau=o.tauS[0],per=o.tauPerTesla[0],away=t=>`${text(t,"s")} (${t>=tau?"+":"−"}${abs((t/tau-1)*100).toFixed(1)}\u202f%)`;
  const rows=[["signal at B = 0",text(o.top[0],"V"),""],["half width (HWHM)",text(width,"T"),"where half of the fall from B = 0 to complete dephasing is left"],
    ["τ<sub>s</sub> of this device",text(tau,"s"),"put in"],["τ from the half width",isFinite(width)?away(per/width):"none",TAU_OF]];
  if(isFinite(width)){
    for(const [why,share] of causes(per/width))rows.push([`&emsp;by ${why}`,percent(share),"how much of it is due to that"]);
    const near=fields(5*width),w=fitted(near,near.map(b=>o.at(b)[0]));
    rows.push(["τ of the best Lorentzian",away(per/w),"by least squares with a free offset, within 5 half widths"]);
  }
  const off=device.lorentzians?B.reduce((worst,_,k)=>max(worst,abs(two[k]-V[k])),0)/(abs(o.top[0])||1):NaN;
  rows.push(["two Lorentzians are off by",device.lorentzians?`${percent(off)} of the peak`:"none with a detector apart","of widths 1/τ_s and 1/τ_Q, each accumulation for itself"]);
  rows.push(["spin heat's part at B = 0",percent(o.at(0)[2]/(o.top[0]||1)),""]);
  return rows;
}
// By how much spin heat, back-flow and geometry move the τ of the half width: without the one, without both, and against τ_s.
function causes(tau){
  const key=k=>device.sliders[k].name.split(".").at(-1),read=change=>{const o=device.main(p.map((v,k)=>change(key(k),v))),w=widthOf(o);return isFinite(w)?o.tauPerTesla[0]/w:NaN};
  const cold=read((name,v)=>name==="S"?0:v),alone=read((name,v)=>name==="S"?0:name==="R_tun"?v*1e9:v);
  return [["spin heat",tau/cold-1],["back-flow",cold/alone-1],["geometry",alone/program.o.tauS[0]-1]]
    .filter(([why,share])=>isFinite(share)&&(why!=="spin heat"||device.sliders.some((_,k)=>key(k)==="S"&&p[k]))).sort((x,y)=>abs(y[1])-abs(x[1]));
}
function read_off(rows){
  const kept=Object.fromEntries(frozen?.rows??[]);
  byId("readings").tHead.hidden=!frozen;
  byId("readings").tBodies[0].replaceChildren(...rows.map(([head,cell,about])=>{
    const tr=document.createElement("tr"),th=document.createElement("th");th.scope="row";th.innerHTML=head;th.title=about;
    tr.append(th,...[cell,...(frozen?[kept[head]??""]:[])].map(words=>{const td=document.createElement("td");td.textContent=words;return td}));
    return tr;
  }));
}
// Both accumulations seen along the field: along the magnetisation to the right, across it up.
const cursor=()=>device.range*(2*byId("field").value-1);
function at_field(){
  const B=cursor();
  byId("fieldText").textContent=text(B,"T",3)+(program?`: ΔV = ${text(program.o.at(B)[0],"V",3)}`:"");
  model("cursor").location=B*1e3;
  const none=program.o.at(0),now=program.o.at(B),svg=[`<circle r="100" fill="none" stroke="var(--line)"/><line x1="-110" x2="110" stroke="var(--line)"/><line y1="-110" y2="110" stroke="var(--line)"/><text x="116" y="5">m</text><g transform="translate(-114,-108)"><circle r="8" fill="none" stroke="currentColor"/><circle r="2" fill="currentColor"/><text x="13" y="5">B</text></g>`];
  const b=device.direction,m=device.magnetisation;
  const c=[b[1]*m[2]-b[2]*m[1],b[2]*m[0]-b[0]*m[2],b[0]*m[1]-b[1]*m[0]],dot=(x,y)=>x[0]*y[0]+x[1]*y[1]+x[2]*y[2],size=x=>sqrt(dot(x,x));
  const along=dot(b,m),e=m.map((x,k)=>x-along*b[k]),l=size(e)||1;
  for(const [start,colour,dash] of [[3,"spin",""],[6,"heat","6 4"]]){
    const before=none.slice(start,start+3),v=now.slice(start,start+3),scale=size(before);
    if(!(scale>0))continue;
    const sign=dot(before,m)<0?-1:1,x=100*sign*dot(v,e)/l/scale,y=100*sign*dot(v,c)/(size(c)||1)/scale,length=hypot(x,y)||1,u=[x/length,y/length];
    svg.push(`<g class="${colour}" stroke="currentColor" fill="currentColor" stroke-width="4"><line x2="${x}" y2="${-y}" stroke-dasharray="${dash}"/><path stroke="none" d="M${x+u[0]*7},${-y-u[1]*7}L${x-u[1]*6-u[0]*6},${-y-u[0]*6+u[1]*6}L${x+u[1]*6-u[0]*6},${-y+u[0]*6+u[1]*6}Z"/></g>`);
  }
  byId("arrows").innerHTML=svg.join("");
}
const allows=wanted=>{const o=device.main(wanted);return o.margin[0]>=0&&isFinite(o.top[0])};
// How far a slider comes on its way to a place that is not allowed.
function edge(k,wanted){
  const s=device.sliders[k];let from=min(max(placeOf(s,p[k]),0),1),to=wanted;
  for(let n=0;n<40;n++){const middle=(from+to)/2;if(allows(p.with(k,valueAt(s,middle))))from=middle;else to=middle}
  return valueAt(s,from);
}
// A value that the second law, or the numbers themselves, forbid is not taken.
function take(k,value){
  const s=device.sliders[k],wanted=p.with(k,value),o=device.main(wanted);
  if(!within(s,value)){refuse(k,s.most===null?"must not be negative.":`must lie between ${text(s.least,s.unit)} and ${text(s.most,s.unit)}.`);return false}
  if(!(o.margin[0]>=0)){refuse(k,`${text(value,s.unit)} breaks the second law: heat would flow from cold to warm by itself. With the others as they are it can go to ${text(edge(k,placeOf(s,value)),s.unit)}.`);return false}
  if(!isFinite(o.top[0])){refuse(k,`${text(value,s.unit)}: there is no such device.`);return false}
  allow();p=wanted;show(k);soon();return true;
}
const within=(s,value)=>isFinite(value)&&(s.least===null||value>=s.least)&&(s.most===null||value<=s.most);
// What was written stays to be mended, with the reason below it.
function refuse(k,why){
  const box=byId(`t${k}`),written=box.value;
  allow();box.value=written;byId(`w${k}`).textContent=why;box.setAttribute("aria-invalid","true");
}
function allow(){
  document.querySelectorAll("#sliders .wrong").forEach(one=>{one.textContent=""});
  document.querySelectorAll("#sliders [aria-invalid]").forEach(one=>{one.removeAttribute("aria-invalid");show(+one.id.slice(1))});
}
function show(k){
  const s=device.sliders[k],range=byId(`r${k}`),box=byId(`t${k}`);
  range.value=min(max(placeOf(s,p[k]),0),1);range.setAttribute("aria-valuetext",text(p[k],s.unit));box.value=text(p[k],s.unit).replace("\u202f"," ");
}
function sliders(){
  const all=device.sliders.map((s,k)=>{
    const div=document.createElement("div");div.className="slider";
    div.innerHTML=`<label for="r${k}"><b></b> <span></span></label><input type="range" id="r${k}" min="0" max="1" step="0.0025"><input type="text" id="t${k}" aria-describedby="w${k}"><p class="wrong" id="w${k}" role="status"></p>`;
    const isWord=/^[a-z]{4,}/.test(s.name)&&!(s.name.split("_")[0] in LETTERS);
    div.querySelector("b").innerHTML=isWord?"":symbol(s.name);div.querySelector("span").innerHTML=indexed(s.meaning);
    const range=div.querySelector("[type=range]"),box=div.querySelector("[type=text]");
    box.setAttribute("aria-label",`${s.name}, a number with its unit`);
    range.addEventListener("input",()=>{
      const place=+range.value;
      if(take(k,valueAt(s,place)))return;
      const last=edge(k,place);p=p.with(k,last);show(k);soon();
      byId(`t${k}`).removeAttribute("aria-invalid");byId(`w${k}`).textContent=byId(`w${k}`).textContent.includes("second law")?`The second law ends here: beyond ${text(last,s.unit)} heat would flow from cold to warm by itself.`:byId(`w${k}`).textContent;
    });
    box.addEventListener("change",()=>{
      const v=read(box.value,s.unit,shownUnit(p[k],s.unit));
      if(isNaN(v))refuse(k,`“${box.value}” is no number of this kind: write one such as ${text(p[k],s.unit)}.`);
      else if(s.log&&v<=0)refuse(k,"must be positive.");
      else take(k,v);
    });
    return div;
  });
  byId("sliders").replaceChildren(...all);
  device.sliders.forEach((_,k)=>show(k));
  byId("by").replaceChildren(new Option("none",""),...device.sliders.map(s=>new Option(s.name,s.path)));
}
function choose(name,wanted={}){
  device=DEVICES.find(d=>d.name===name)??DEVICES[0];
  byId("device").value=device.name;byId("about").textContent=device.about;
  device.range=+wanted.range>0?+wanted.range:device.span;follows=wanted.follow!=="0";byId("follow").checked=follows;
  p=device.sliders.map(s=>s.path in wanted&&isFinite(+wanted[s.path])?+wanted[s.path]:s.value);
  const o=device.main(p),isWrong=!(o.margin[0]>=0)||!isFinite(o.top[0])||device.sliders.some((s,k)=>!within(s,p[k])||(s.path in wanted&&!isFinite(+wanted[s.path])));
  if(isWrong)p=device.sliders.map(s=>s.value);
  byId("refused").textContent=isWrong?"The address asks for what can't be: the device is shown as it was written.":"";
  showRange();sliders();
  if(device.sliders.some(s=>s.path===wanted.by))byId("by").value=wanted.by;
  soon();
}
// Keep this curve and its readings beside those to come.
function keep(){
  const o=device.main([...p]),{B,columns:[V],two}=program;
  frozen={state:state(),at:B=>Float64Array.from(B,b=>o.at(b)[0]),size:abs(o.top[0]),rows:readings(o,widthOf(o),B,V,two)};
  byId("freeze").textContent="Remove the kept curve";
}
function download(name,type,content){const a=document.createElement("a");a.href=URL.createObjectURL(new Blob([content],{type}));a.download=name;a.click();setTimeout(()=>URL.revokeObjectURL(a.href),1000)}
// The configuration as written, with what the sliders say in SI.
function tables(){
  const all=structuredClone(device.tables);
  device.sliders.forEach((s,k)=>{
    if(p[k]===s.value)return;
    const parts=s.path.split("."),key=parts.pop();let at=all;
    for(const part of parts)at=Array.isArray(at)?at[part-1]:(at[part]??={});
    at[key]=s.unit?`${p[k]} ${s.unit}`:p[k];
  });
  all.field={...all.field,start:`${-device.range} T`,stop:`${device.range} T`,points:POINTS};delete all.field.values;
  return all;
}
function toml(table,path=[]){
  const plain=v=>Array.isArray(v)?`[${v.map(plain).join(", ")}]`:typeof v==="string"?JSON.stringify(v):typeof v==="number"?(Number.isInteger(v)&&abs(v)<1e15?String(v):String(v).replace(/e\+?/,"e")):String(v);
  const isTable=v=>v!==null&&typeof v==="object"&&!Array.isArray(v),isList=v=>Array.isArray(v)&&v.length&&isTable(v[0]);
  const entries=Object.entries(table),lines=entries.filter(([,v])=>!isTable(v)&&!isList(v)).map(([k,v])=>`${k} = ${plain(v)}`);
  for(const [k,v] of entries){
    if(isTable(v))lines.push("",`[${[...path,k].join(".")}]`,toml(v,[...path,k]));
    if(isList(v))for(const one of v)lines.push("",`[[${[...path,k].join(".")}]]`,toml(one,[...path,k]));
  }
  return lines.join("\n");
}
const SAVERS={
  toml:()=>download(`${device.name}.toml`,"text/plain",toml(tables())+"\n"),
  py:()=>download(`${device.name}.py`,"text/plain",`import json\n\nimport hanle_sim\n\nconfiguration = json.loads(r"""${JSON.stringify(tables(),null,1)}""")\nresult = hanle_sim.simulate(configuration)\nprint(result.Delta_V_Hanle)\n`),
  csv(){
    const {B,columns:[V,spin,heat],two,slope}=program,by=byId("by").value,head=["B_T","Delta_V_Hanle_V","Delta_V_spin_V","Delta_V_heat_V","two_lorentzians_V",...(by?[`${by}_times_derivative_V`]:[])];
    download(`${device.name}.csv`,"text/csv",[head.join(","),...Array.from(B,(b,k)=>[b,V[k],spin[k],heat[k],two[k],...(by?[slope[k]]:[])].join(","))].join("\n")+"\n");
  },
  // On white, with a legend, whatever the screen looks like.
  async svg(){
    const figure=model("figure"),drawn=()=>new Promise(done=>requestAnimationFrame(()=>requestAnimationFrame(done)));
    for(const item of model("key").items)item.visible=!document.querySelector(`#legend [data-of="${item.name.slice(7)}"]`).hidden;
    colours(onPaper);model("key").title=device.name;model("key").visible=true;
    await drawn();
    download(`${device.name}.svg`,"image/svg+xml",await Bokeh.index.find_one(figure).export("svg",false).to_blob());
    model("key").visible=false;colours();
  },
};
function measure(name,content){
  const rows=content.replace(/\uFEFF/g,"").split(/\r?\n/).map(line=>(/[;\t]/.test(line)?line.replace(/,/g,".").split(/[;\t]+/):line.split(/[,\s]+/)).filter(x=>x!=="").map(Number)).filter(r=>r.length>1&&isFinite(r[0])&&isFinite(r[1]));
  if(rows.length<5){byId("measured").className="wrong";byId("measured").textContent=`${name}: no table of numbers: a line for each point, with its field and its signal. Nothing was changed.`;return}
  // The unit of the first column, where its heading has one in brackets.
  const heading=/^\D*?[([]\s*(k?Oe|m?T|k?G|µT|uT)\s*[)\]]/m.exec(content),said=heading&&unitOf(heading[1]);
  const known=said&&[...byId("unit").options].find(one=>abs(one.value/said.factor-1)<1e-9);
  if(known)byId("unit").value=known.value;
  const unit=said?said.factor:+byId("unit").value;
  measured={name,rows,B:rows.map(r=>r[0]*unit),y:rows.map(r=>r[1])};
  soon();
}
const onScreen=name=>getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const onPaper=name=>document.styleSheets[0].cssRules[0].style.getPropertyValue(name).trim();
function colours(of=onScreen){
  model("key").label_text_color=model("key").title_text_color=of("--ink");model("key").background_fill_color=of("--paper");
  for(const f of [model("figure"),model("slopes")]){
    f.background_fill_color=f.border_fill_color=of("--paper");f.outline_line_color=of("--line");
    for(const axis of [...f.left,...f.below]){axis.axis_label_text_color=axis.major_label_text_color=of("--ink");axis.axis_line_color=axis.major_tick_line_color=axis.minor_tick_line_color=of("--line")}
    for(const grid of f.center.filter(x=>x.type==="Grid"))grid.grid_line_color=of("--panel");
  }
  for(const [name,colour] of [["exact","--ink"],["spin","--spin"],["heat","--heat"],["two","--faint"],["old","--ink"],["slope","--ink"],["point","--faint"],["halves","--ink"]]){
    const glyph=model(name).glyph;glyph.line_color=of(colour);if(glyph.fill_color!==undefined)glyph.fill_color=null;
  }
  model("cursor").line_color=of("--faint");
}
(async()=>{
  Bokeh.logger.set_level("off");
  await Bokeh.embed.embed_item(JSON.parse(byId("figure").textContent),"plot");
  byId("device").replaceChildren(...DEVICES.map(d=>new Option(d.title,d.name)));
  colours();matchMedia("(prefers-color-scheme: dark)").addEventListener("change",()=>colours());
  addEventListener("beforeprint",()=>colours(onPaper));addEventListener("afterprint",()=>colours());
  const written=text=>Object.fromEntries(new URLSearchParams(text)),wanted=written(location.hash.slice(1)),kept=written(wanted.kept??"");
  let left="";
  if(DEVICES.some(d=>d.name===kept.device)){
    choose(kept.device,kept);draw();
    if(byId("refused").textContent)left="The address's kept curve can't be: it is left out.";else keep();
  }
  choose(wanted.device,wanted);
  byId("refused").textContent||=left;
  byId("device").addEventListener("change",()=>{
    const name=byId("device").value;
    remembered[device.name]=state();
    choose(name,remembered[name]);
  });
  byId("reset").addEventListener("click",()=>choose(device.name));
  byId("follow").addEventListener("change",()=>{follows=byId("follow").checked;soon()});
  const narrow=matchMedia("(max-width:800px)"),fits=()=>{model("figure").height=narrow.matches?260:420};
  fits();narrow.addEventListener("change",fits);
  byId("by").addEventListener("change",soon);
  byId("field").addEventListener("input",at_field);
  byId("range").addEventListener("change",()=>{
    const v=read(byId("range").value,"T",shownUnit(device.range,"T")),isTaken=v>0;
    byId("rangeWrong").textContent=isTaken?"":`“${byId("range").value}”: write a field such as 60 mT.`;
    byId("range").toggleAttribute("aria-invalid",!isTaken);
    if(isTaken){device.range=v;follows=byId("follow").checked=false;showRange();soon()}
  });
  byId("plot").addEventListener("mousemove",event=>{
    const view=Bokeh.index.find_one(model("figure")),box=view?.el.getBoundingClientRect();
    if(!box)return;
    const B=view.frame.x_scale.invert(event.clientX-box.left)/1e3;
    if(abs(B)<=device.range){byId("field").value=(B/device.range+1)/2;at_field()}
  });
  byId("freeze").addEventListener("click",()=>{
    if(frozen){frozen=null;byId("freeze").textContent="Keep this curve beside"}
    else keep();
    soon();
  });
  const load=async file=>measure(file.name,await file.text());
  byId("file").addEventListener("change",()=>byId("file").files[0]&&load(byId("file").files[0]));
  byId("unit").addEventListener("change",()=>{if(measured){measured.B=measured.rows.map(r=>r[0]*byId("unit").value);soon()}});
  document.addEventListener("dragover",event=>event.preventDefault());
  document.addEventListener("drop",event=>{event.preventDefault();if(event.dataTransfer.files[0])load(event.dataTransfer.files[0])});
  document.querySelectorAll("[data-as]").forEach(button=>button.addEventListener("click",()=>SAVERS[button.dataset.as]()));
  document.body.dataset.ready="yes";
})();
